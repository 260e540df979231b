import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { z } from "zod";
import type { Machine, World } from "../machine.ts";
import { explore, exploreAsync } from "./explore.ts";

interface Counter {
  count: number;
}

type Command = { readonly kind: string };

type CounterMachine = Machine<Counter, Command, null, number>;

/** A counter up to 9 whose rules a test replaces. */
function counter(change: Partial<CounterMachine>, kinds: readonly string[] = ["add"]): CounterMachine {
  return {
    name: "counter",
    schema: {
      state: z.strictObject({ count: z.int().min(0).max(9) }),
      command: z.strictObject({ kind: z.string() }),
      reply: z.null(),
      start: z.int(),
    },
    starts: [0],
    commands: kinds.map((kind) => ({ kind })),
    initial: (start) => ({ count: start }),
    step(state) {
      if (state.count === 9) return undefined;
      state.count++;
      return null;
    },
    always: {},
    sometimes: {},
    done: ({ count }) => count === 9,
    actor: () => "counter",
    ...change,
  };
}

const kindsOf = (result: ReturnType<typeof explore>) =>
  result.violations.map(({ kind, property, trace }) => `${kind} ${property} after ${trace.steps.length}`);

Deno.test("explore counts states, transitions and levels", () => {
  const result = explore(counter({}));
  assertEquals([result.states, result.transitions, result.depth], [10, 9, 10]);
  assertEquals([result.exhausted, result.stoppedBy, result.violations], [true, undefined, []]);
});

Deno.test("explore begins from every start and from every choice of initial", () => {
  const result = explore(counter({
    starts: [3, 5],
    initial: (start, world) => ({ count: start + world.choose(2) }),
    step: () => undefined,
  }));
  assertEquals([result.states, result.depth], [4, 1]);
});

Deno.test("explore comes back for every choice and counts each as a transition", () => {
  const result = explore(counter({
    step(state, _command, world) {
      if (state.count > 0) return undefined;
      state.count = 1 + world.choose(2) + 2 * world.choose(3);
      return null;
    },
    done: () => true,
  }));
  assertEquals([result.states, result.transitions, result.depth], [7, 6, 2]);
});

Deno.test("explore keeps the first, shortest trace of every broken invariant and goes on", () => {
  const result = explore(
    counter({ always: { "below 7": (s) => s.count < 7, "below 4": (s) => s.count < 4 } }),
  );
  assertEquals(kindsOf(result), ["always below 4 after 4", "always below 7 after 7"]);
  assertEquals(result.states, 10);
});

Deno.test("explore stops at the first violation when asked to", () => {
  const result = explore(counter({ always: { "below 4": ({ count }) => count < 4 } }), { stopAtFirst: true });
  assertEquals([kindsOf(result), result.exhausted], [["always below 4 after 4"], false]);
});

Deno.test("explore traces replay: choices, replies and states are those of the machine", () => {
  const machine = counter({
    step(state, _command, world) {
      if (state.count === 9) return undefined;
      state.count = Math.min(9, state.count + 1 + world.choose(3));
      return null;
    },
    always: { "not 8": ({ count }) => count !== 8 },
  });
  const [violation] = explore(machine).violations;
  const { start, steps } = violation!.trace;
  const state = machine.initial(start, { choose: () => 0 } as unknown as World<null>);
  for (const step of steps) {
    let at = 0;
    const world = { choose: () => step.choices[at++]! } as unknown as World<null>;
    assertEquals(machine.step(state, step.command!, world), step.reply);
    assertEquals(state, step.state);
  }
  assertEquals([state, steps.length], [{ count: 8 }, 3]);
});

Deno.test("explore reports a deadlock unless the program is done", () => {
  const stuck = counter({ done: ({ count }) => count === 8 });
  assertEquals(kindsOf(explore(stuck)), ["deadlock deadlock after 9"]);
  assertEquals(kindsOf(explore(stuck, { deadlock: false })), []);
});

Deno.test("explore reports a state outside its schema with the field and the step", () => {
  const result = explore(counter({ step: (state) => (state.count++, null) }));
  assertEquals(kindsOf(result), ["outside schema add after 10"]);
  assertEquals(result.violations[0]?.detail, "state.count is 10, must be 0 to 9");
  assertEquals(result.violations[0]?.trace.steps.at(-1)?.state, { count: 10 });
  assertEquals(result.exhausted, false);
});

Deno.test("explore reports a field that the schema does not have", () => {
  const result = explore(counter({
    step(state) {
      Object.assign(state, { extra: 1 });
      return state.count === 9 ? undefined : (state.count++, null);
    },
  }));
  assertEquals(result.violations[0]?.detail, "state.extra is not a field of the schema");
});

Deno.test("explore blames for a field that the schema does not have only the command that adds it", () => {
  const rules: Readonly<Record<string, (state: Counter & { more?: number }) => void>> = {
    // Not new: "add" has led there already.
    "add more": (state) => state.more = 1,
    "replace": (state) => {
      Reflect.deleteProperty(state, "count");
      state.more = 1;
    },
    "fail": (state) => {
      state.more = 1;
      throw new Error("no");
    },
  };
  for (const [kind, spoil] of Object.entries(rules)) {
    const machine = counter({
      step(state, command) {
        if (state.count === 9) return undefined;
        state.count++;
        if (command.kind === kind && state.count === 3) spoil(state);
        return null;
      },
    }, ["add", kind]);
    for (const learn of [false, "at once"] as const) {
      const { states, violations } = explore(machine, { learn });
      assertEquals([states, violations.filter(({ property }) => property !== kind)], [10, []]);
    }
  }
});

Deno.test("explore reports an initial state outside its schema", () => {
  const result = explore(counter({ starts: [10] }));
  assertEquals(kindsOf(result), ["outside schema initial after 0"]);
  assertEquals([result.states, result.violations[0]?.trace.initial], [0, { count: 10 }]);
});

Deno.test("explore reports a step past its work budget as hung", () => {
  const result = explore(
    counter({
      step(state, _command, world) {
        while (state.count === 4) world.tick();
        return state.count === 9 ? undefined : (state.count++, null);
      },
    }),
    { tickBudget: 100 },
  );
  assertEquals(kindsOf(result), ["hung add after 5"]);
});

Deno.test("explore reports an exception in a step as a crash with its trace", () => {
  const result = explore(counter({
    step(state) {
      if (state.count === 2) throw new Error("two is too much");
      state.count++;
      return null;
    },
  }));
  assertEquals(kindsOf(result), ["crashed add after 3"]);
  assertEquals(result.violations[0]?.detail, "Error: two is too much");
  assertEquals(result.violations[0]?.trace.steps.at(-1)?.state, undefined);
});

Deno.test("explore reports an exception in an invariant once", () => {
  const result = explore(counter({
    always: {
      "fine": () => {
        throw new Error("no");
      },
    },
  }));
  assertEquals(kindsOf(result), [`crashed always "fine" after 0`]);
});

Deno.test("explore reports an exception in anything that the machine says, once, and goes on", () => {
  const fails = (): never => {
    throw new Error("no");
  };
  const says: readonly [Partial<CounterMachine>, string, string?][] = [
    [{ always: { fine: fails } }, `crashed always "fine" after 0`],
    [{ sometimes: { fine: fails } }, `crashed sometimes "fine" after 1`],
    [{ someStep: { fine: fails } }, `crashed someStep "fine" after 1`],
    [{ done: ({ count }) => count === 9 && fails() }, "crashed done after 9"],
    [{ outcome: fails }, "crashed outcome after 9"],
    [
      { leadsTo: { fine: { from: ({ count }) => count === 3, to: ({ count }) => count === 4 && fails() } } },
      `crashed leadsTo "fine" after 4`,
      `leadsTo "fine": not decided, because one of its sides throws`,
    ],
  ];
  for (const [change, violation, undecided] of says) {
    for (const learn of [false, "at once"] as const) {
      const result = explore(counter(change), { learn });
      // No step was lost: every state was seen.
      assertEquals([result.states, result.exhausted, kindsOf(result)], [10, true, [violation]]);
      assertEquals([result.undecided, result.vacuous], [undecided === undefined ? [] : [undecided], []]);
      assertEquals(result.violations[0]?.detail, "Error: no");
    }
  }
});

Deno.test("explore reports a refusal that has changed the state", () => {
  const result = explore(counter({
    step(state) {
      state.count = Math.min(9, state.count + 1);
      return undefined;
    },
  }));
  assertEquals(kindsOf(result), ["refusal add after 1", "deadlock deadlock after 0"]);
});

Deno.test("explore forgets what a refused alternative has done", () => {
  const result = explore(counter({
    step(state, _command, world) {
      if (state.count === 9) return undefined;
      const choice = world.choose(3);
      state.count = choice === 1 ? state.count + 1 : 7;
      return choice === 1 ? null : undefined;
    },
  }));
  assertEquals([result.states, result.violations], [10, []]);
});

Deno.test("explore calls a search bounded when the scope cuts a path", () => {
  const result = explore(counter({
    step(state, _command, world) {
      if (state.count === 5) world.cut("five is enough");
      state.count++;
      return null;
    },
  }));
  assertEquals([result.states, result.exhausted, kindsOf(result)], [6, false, []]);
  assertEquals(result.stoppedBy, "bounded: 6 states, depth 6: five is enough (1 times)");
});

Deno.test("explore takes internal moves like commands", () => {
  const timer = { actor: "timer", move: (s: Counter) => s.count === 3 ? (s.count = 9, "fired") : undefined };
  const result = explore(counter({ internal: { timer }, always: { "below 9": ({ count }) => count < 9 } }));
  const [violation] = result.violations;
  assertEquals([violation?.trace.steps.length, violation?.trace.steps.at(-1)], [4, {
    actor: "timer",
    move: "timer",
    note: "fired",
    choices: [],
    state: { count: 9 },
  }]);
});

Deno.test("explore checks every step with the states before and after", () => {
  const result = explore(counter({
    everyStep: {
      "adds 1 below 6": ({ before, after }) => before.count < 6 && after.count === before.count + 1,
    },
    someStep: {
      "reaches 5": ({ after }) => after.count === 5,
      "reaches 20": ({ after }) => after.count === 20,
    },
  }));
  assertEquals(kindsOf(result), ["everyStep adds 1 below 6 after 7"]);
  assertEquals(result.vacuous, [`never reached: someStep "reaches 20"`]);
});

Deno.test("explore names what was never reached, and does not count the initial state", () => {
  const result = explore(counter({
    commands: [{ kind: "add" }, { kind: "subtract" }, { kind: "double" }],
    step: (state, { kind }) => kind === "add" && state.count < 9 ? (state.count++, null) : undefined,
    sometimes: { "is 0": ({ count }) => count === 0, "is 5": ({ count }) => count === 5 },
    always: {
      "starts well": { when: ({ count }) => count === 0, then: () => true },
      "goes well": { when: ({ count }) => count === 1, then: () => true },
    },
  }));
  assertEquals(result.vacuous, [
    `never reached: sometimes "is 0"`,
    `antecedent never held: always "starts well"`,
    "never possible: subtract",
    "never possible: double",
  ]);
});

Deno.test("explore collects the outcomes of ended programs", () => {
  const result = explore(counter({
    step: (state, _command, world) => state.count > 0 ? undefined : (state.count = 1 + world.choose(3), null),
    done: ({ count }) => count > 0,
    outcome: ({ count }) => count % 2 === 0 ? "even" : "odd",
  }));
  assertEquals(result.outcomes, ["odd", "even"]);
});

Deno.test("explore stops at a limit of states, depth or memory with a truthful partial result", () => {
  const byStates = explore(counter({}), { maximumStates: 5 });
  assertEquals(byStates.stoppedBy, "not exhausted: 5 states, depth 5: the limit of 5 states is reached");
  const late = explore(counter({ sometimes: { "is 9": ({ count }) => count === 9 } }), { maximumStates: 5 });
  assertEquals(late.vacuous, [`not yet reached: sometimes "is 9"`]);
  const exactly = explore(counter({}), { maximumStates: 10 });
  assertEquals(exactly.exhausted, true);
  const byDepth = explore(counter({}), { maximumDepth: 3 });
  assertEquals(
    byDepth.stoppedBy,
    "not exhausted: 3 states, depth 3: depth 3 reached with 1 states not expanded",
  );
  const byMemory = explore(large(), { maximumBytes: 100_000 });
  assertMatch(
    byMemory.stoppedBy ?? "",
    /^not exhausted: [0-9,]+ states, depth \d+: the tables would need \d+ bytes/,
  );
  assert(byMemory.memory.totalBytes <= 100_000);
});

Deno.test("explore takes in no more starts once a limit or a violation has ended the search", () => {
  const many = counter({
    schema: { ...counter({}).schema, state: z.strictObject({ count: z.int().min(0).max(9999) }) },
    starts: Array.from({ length: 3000 }, (_, start) => start),
    step: () => undefined,
    done: () => true,
  });
  const byMemory = explore(many, { maximumBytes: 1000 });
  assertMatch(byMemory.stoppedBy ?? "", /^not exhausted: 1,024 states, depth 1: the tables would need/);
  assertEquals(byMemory.violations, []);
  const byViolation = explore({
    ...many,
    always: { "not 1": ({ count }) => count !== 1, "not 2": ({ count }) => count !== 2 },
  }, { stopAtFirst: true });
  assertEquals([byViolation.states, kindsOf(byViolation)], [2, ["always not 1 after 0"]]);
});

Deno.test("explore refuses more starts than it can tell apart", () => {
  const starts = (count: number) =>
    counter({
      schema: { ...counter({}).schema, state: z.strictObject({ count: z.int().min(0).max(99_999) }) },
      starts: Array.from({ length: count }, (_, start) => start),
      always: { "not the last": (state) => state.count !== count - 1 },
      step: () => undefined,
      done: () => true,
    });
  assertEquals(explore(starts(65_536)).violations[0]?.trace.start, 65_535);
  assertThrows(
    () => explore(starts(65_537)),
    RangeError,
    "Cannot explore counter: it has 65537 starts, must be at most 65536",
  );
});

/** 100,000 states: five digits that are counted up one at a time. */
function large(): Machine<{ digits: number[] }, { readonly kind: "add"; readonly at: number }, null> {
  return {
    name: "digits",
    schema: {
      state: z.strictObject({ digits: z.array(z.int().min(0).max(9)).length(5) }),
      command: z.strictObject({ kind: z.literal("add"), at: z.int() }),
      reply: z.null(),
      start: z.null(),
    },
    starts: [null],
    commands: [0, 1, 2, 3, 4].map((at) => ({ kind: "add" as const, at })),
    initial: () => ({ digits: [0, 0, 0, 0, 0] }),
    step: ({ digits }, { at }) => digits[at]! < 9 ? (digits[at]!++, null) : undefined,
    always: {},
    sometimes: {},
    done: () => true,
    actor: () => "digits",
  };
}

Deno.test("explore stores every state of a larger space exactly once", () => {
  const result = explore(large());
  assertEquals([result.states, result.transitions, result.depth], [100_000, 450_000, 46]);
  assert(result.memory.load <= 0.75);
});

Deno.test("explore counts transitions that it keeps among what a limit of memory allows", () => {
  const many = {
    ...large(),
    commands: Array.from({ length: 500 }, (_, at) => ({ kind: "add" as const, at: at % 5 })),
    leadsTo: { "the end": { from: () => true, to: () => false } },
  };
  for (const learn of [false, "at once"] as const) {
    const result = explore(many, { maximumBytes: 2_000_000, maximumStates: 5000, learn });
    assertMatch(result.stoppedBy ?? "", /^not exhausted: .* the tables would need \d+ bytes/);
    assert(result.memory.totalBytes <= 2_000_000, `${result.memory.totalBytes} bytes`);
    assertEquals(result.violations.map(({ kind }) => kind), ["leadsTo"]);
  }
});

Deno.test("explore looks at the time more often where steps are slow", () => {
  const { now } = performance;
  let clockMs = 0;
  performance.now = () => clockMs;
  try {
    const slow = {
      ...large(),
      step: (...given: Parameters<ReturnType<typeof large>["step"]>) => {
        clockMs += 2;
        return large().step(...given);
      },
    };
    const result = explore(slow, { maximumMs: 5000 });
    assertMatch(result.stoppedBy ?? "", /^not exhausted: .* 5000 ms are over$/);
    assert(result.milliseconds < 5200, `stopped after ${result.milliseconds} ms`);
  } finally {
    performance.now = now;
  }
});

Deno.test("exploreAsync ends with a partial result soon after it is interrupted", async () => {
  const signal = { aborted: false };
  const interrupting = {
    ...large(),
    always: {
      "interrupts": ({ digits }: { digits: readonly number[] }) => {
        signal.aborted ||= digits[0] === 5;
        return true;
      },
    },
  };
  const result = await exploreAsync(interrupting, { signal });
  assertMatch(result.stoppedBy ?? "", /^not exhausted: .* interrupted$/);
  assert(result.states < 1000);
});

Deno.test("explore refuses limits that are not positive", () => {
  assertThrows(
    () => explore(counter({}), { maximumStates: 0 }),
    RangeError,
    "maximumStates is 0, must be above 0",
  );
});
