import { assert, assertEquals } from "@std/assert";
import type { AnyMachine, AnyTarget, Budget, World } from "../machine.ts";
import { asTarget } from "./as_target.ts";
import { coin, desk, type DeskCommand, type DeskReply, type DeskState } from "./example_machines.ts";
import { listed, type Run, runCase, type Sides } from "./run_case.ts";

const open: DeskCommand = { kind: "open", as: 0 };
const use: DeskCommand = { kind: "use", ticket: 0, amount: 5 };
const total: DeskCommand = { kind: "total" };

function sides(walked: AnyMachine, target: AnyTarget, walk: Sides["walk"] = { labels: {} }): Sides {
  return {
    walked,
    also: [],
    target,
    walk,
    limits: { maximumStates: 8, maximumTicks: 100 },
    invariants: true,
  };
}

/** The desk as a target with one answer replaced; counts what is open. */
class Desk {
  live = 0;
  readonly target: AnyTarget;

  constructor(answer: (command: DeskCommand, honest: () => DeskReply, budget: Budget) => unknown) {
    const honest = asTarget(desk("ordinary"));
    this.target = {
      name: "desk under test",
      probe: () => ({ missing: [], facts: {} }),
      open: (start: null) => {
        this.live++;
        const subject = honest.open(start);
        return {
          perform: (command: DeskCommand, budget: Budget) =>
            answer(command, () => subject.perform(command, budget) as DeskReply, budget),
          view: () => subject.view!(),
          [Symbol.dispose]: () => {
            this.live--;
          },
        };
      },
    };
  }
}

function run(under: Desk, commands: readonly DeskCommand[], walked: AnyMachine = desk("ordinary")): Run {
  const result = runCase(sides(walked, under.target), null, () => listed(commands), true);
  assert(!(result instanceof Promise));
  assertEquals(under.live, 0, "the subject was not disposed");
  return result;
}

Deno.test("runCase agrees with an honest subject and leaves out what is not possible", () => {
  const result = run(new Desk((_, honest) => honest()), [
    use,
    open,
    use,
    { kind: "close", ticket: 1 },
    total,
  ]);
  assertEquals(result.verdict, { kind: "agreed" });
  assertEquals(result.executed, [open, use, total]);
  assertEquals(result.refused, 2);
});

Deno.test("runCase accepts every allowed answer and rejects any other", () => {
  for (const reply of [{ kind: "done" }, { kind: "busy" }, { kind: "total", total: 5 }, { kind: "open" }]) {
    const under = new Desk((command, honest) => {
      const answer = honest();
      return command.kind === "use" ? reply : answer;
    });
    const { verdict } = run(under, [open, use], desk("free"));
    assertEquals(
      verdict.kind,
      reply.kind === "done" || reply.kind === "busy" ? "agreed" : "diverged",
      reply.kind,
    );
  }
});

Deno.test("runCase reports a diverging answer with what was allowed", () => {
  const under = new Desk((command, honest) => command === total ? { kind: "total", total: 4 } : honest());
  assertEquals(run(under, [open, use, total]).verdict, {
    kind: "diverged",
    at: 2,
    machine: "desk (ordinary)",
    heard: { kind: "total", total: 4 },
    allowed: [{ kind: "total", total: 5 }],
  });
});

Deno.test("runCase reports a view that is not allowed although the answer is", () => {
  const under = new Desk((command, honest) => command === open ? { kind: "done" } : honest());
  const { verdict } = run(under, [open]);
  assert(verdict.kind === "diverged view");
  assertEquals([verdict.seen, verdict.allowed], [0, [1]]);
});

Deno.test("runCase reports a promise that both sides break together", () => {
  const walked = {
    ...desk("ordinary"),
    always: { "the total stays small": ({ total }: DeskState) => total < 9 },
  };
  const { verdict } = run(new Desk((_, honest) => honest()), [open, use, use], walked as AnyMachine);
  assertEquals(verdict, {
    kind: "violated",
    at: 2,
    machine: "desk (ordinary)",
    property: "the total stays small",
  });
});

Deno.test("runCase checks promises about steps", () => {
  const everyStep = {
    "the total grows by less than 5": (
      { before, after }: { before: DeskState; after: DeskState },
    ) => after.total - before.total < 5,
  };
  const walked = { ...desk("ordinary"), everyStep } as AnyMachine;
  const { verdict } = run(new Desk((_, honest) => honest()), [open, use], walked);
  assert(verdict.kind === "violated");
  assertEquals(verdict.at, 1);
});

Deno.test("runCase keeps what was answered and seen, also by a subject that uses its objects again", async () => {
  const machine = { ...desk("ordinary"), view: ({ open }: DeskState) => [...open] } as unknown as AnyMachine;
  const honest = asTarget(machine);
  const commands = [open, use, total, { kind: "open", as: 1 } as const];
  const reusing = (asynchronous: boolean): AnyTarget => ({
    ...honest,
    asynchronous,
    open: (start: null) => {
      const subject = honest.open(start);
      const reply: Record<string, unknown> = {};
      const seen: boolean[] = [];
      return {
        perform: (command: DeskCommand, budget: Budget) => {
          delete reply["total"];
          Object.assign(reply, subject.perform(command, budget));
          return asynchronous ? Promise.resolve(reply) : reply;
        },
        view: () => Object.assign(seen, subject.view!()),
        [Symbol.dispose]: () => subject[Symbol.dispose](),
      };
    },
  });
  const { heard, answers, steps } = await runCase(sides(machine, honest), null, () => listed(commands), true);
  for (const asynchronous of [false, true]) {
    const again = await runCase(
      sides(machine, reusing(asynchronous)),
      null,
      () => listed(commands),
      true,
    );
    assertEquals([again.verdict.kind, again.heard, again.answers], ["agreed", heard, answers]);
    assertEquals(again.steps, steps);
  }
});

Deno.test("runCase blames the machine for a promise that throws", () => {
  const torn = (): boolean => assert(false, "torn") === undefined;
  for (const promises of [{ always: { "it is whole": torn } }, { everyStep: { "it is whole": torn } }]) {
    const walked = { ...desk("ordinary"), ...promises } as AnyMachine;
    assertEquals(run(new Desk((_, honest) => honest()), [open, use], walked).verdict, {
      kind: "broken machine",
      at: 0,
      machine: "desk (ordinary)",
      reason: "it is whole: AssertionError: torn",
    });
  }
});

Deno.test("runCase ends an endless loop by its budget and calls it hung", () => {
  const under = new Desk((command, honest, budget) => {
    while (command === total) budget.tick();
    return honest();
  });
  assertEquals(run(under, [open, total]).verdict, { kind: "hung", at: 1 });
});

Deno.test("runCase reports an exception of the subject as a crash", () => {
  const under = new Desk((command, honest) => command === total ? assert(false, "torn") : honest());
  const { verdict } = run(under, [open, total]);
  assert(verdict.kind === "crashed");
  assertEquals(verdict.error, "AssertionError: torn");
});

Deno.test("runCase blames the subject beyond one judge's scope for what no machine or another judge allows", () => {
  const tossed = (isCut: boolean): AnyMachine => ({
    ...coin(false),
    name: isCut ? "narrow" : "wide",
    step(_state: unknown, _command: unknown, world: World<unknown>) {
      if (isCut && world.choose(2) === 1) world.cut("enough tosses");
      return "tossed";
    },
  });
  const verdict = (answer: () => unknown, also: readonly AnyMachine[]): Run["verdict"] => {
    const open = () => ({ perform: answer, [Symbol.dispose]() {} });
    const both = { ...sides(tossed(true), { ...asTarget(coin(false)), open }), also };
    const result = runCase(both, null, () => listed([{ kind: "toss" }]));
    assert(!(result instanceof Promise));
    return result.verdict;
  };
  assertEquals(verdict(() => "lost", []), { kind: "agreed" });
  assertEquals(verdict(() => "lost", [tossed(false)]), {
    kind: "diverged",
    at: 0,
    machine: "wide",
    heard: "lost",
    allowed: ["tossed"],
  });
  const crashed = { kind: "crashed", at: 0, error: "AssertionError: torn" };
  assertEquals(verdict(() => assert(false, "torn"), []), crashed as Run["verdict"]);
  // Where nothing is possible within the scope, the machine says nothing of a crash either.
  const allCut = (world: World<unknown>): never => world.cut(`toss ${world.choose(2, () => 1)}`);
  const both = sides(
    { ...tossed(true), step: (_state: unknown, _command: unknown, world: World<unknown>) => allCut(world) },
    {
      ...asTarget(coin(false)),
      open: () => ({ perform: () => assert(false, "torn"), [Symbol.dispose]() {} }),
    },
  );
  const result = runCase(both, null, () => listed([{ kind: "toss" }]));
  assert(!(result instanceof Promise));
  assertEquals(result.verdict, { kind: "agreed" });
});

Deno.test("runCase reports an exception of a view as a crash, also while several states are believed", () => {
  const seen = { ...coin(false), view: ({ side }: { side: string }) => side === "unknown" } as AnyMachine;
  for (const before of [0, 1]) {
    let looks = 0;
    const target: AnyTarget = {
      ...asTarget(coin(false)),
      open: () => ({
        perform: () => "tossed",
        view: () => looks++ === before ? assert(false, "dark") : false,
        [Symbol.dispose]() {},
      }),
    };
    const result = runCase(sides(seen, target), null, () => listed([{ kind: "toss" }, { kind: "toss" }]));
    assert(!(result instanceof Promise));
    assertEquals(result.verdict, { kind: "crashed", at: before, error: "AssertionError: dark" });
  }
});

Deno.test("runCase loses no verdict to a subject that can not be disposed, and no error before it", async () => {
  const leaking = (asynchronous: boolean, answer: DeskReply): AnyTarget => ({
    ...asTarget(desk("ordinary")),
    asynchronous,
    open: () => ({
      perform: () => asynchronous ? Promise.resolve(answer) : answer,
      [Symbol.dispose]() {
        throw new Error("something is still open");
      },
    }),
  });
  for (const asynchronous of [false, true]) {
    const outcome = async (answer: DeskReply, commands: () => ReturnType<typeof listed>) => {
      const both = sides(desk("ordinary"), leaking(asynchronous, answer));
      try {
        return (await runCase(both, null, commands)).verdict.kind;
      } catch (error) {
        return (error as Error).message;
      }
    };
    assertEquals(await outcome({ kind: "busy" }, () => listed([open])), "diverged");
    assertEquals(await outcome({ kind: "done" }, () => listed([open])), "something is still open");
    assertEquals(
      await outcome({ kind: "done" }, () => {
        throw new Error("no commands");
      }),
      "no commands",
    );
  }
});

Deno.test("runCase blames the machine when its states disagree on what is possible", () => {
  const result = runCase(
    sides(coin(true), asTarget(coin(true))),
    null,
    () => listed([{ kind: "toss" }, { kind: "spend" }]),
  );
  assert(!(result instanceof Promise));
  assertEquals(result.verdict.kind, "broken machine");
});

Deno.test("runCase blames the machine in the same way where it has to wait for the subject", async () => {
  const honest = coin(true);
  // The first believed state is the one in which spending is not possible.
  const tailsFirst: typeof honest = {
    ...honest,
    step(state, command, world) {
      if (command.kind === "spend" && state.side === "unknown") throw new RangeError("nothing to spend");
      const reply = honest.step(state, command, world);
      if (command.kind === "toss") state.side = state.side === "heads" ? "tails" : "heads";
      return reply;
    },
  };
  const answers = { toss: "tossed", look: "heads", spend: "spent" } as const;
  const [toss, spend] = [{ kind: "toss" }, { kind: "spend" }] as const;
  for (const commands of [[toss, spend], [spend]]) {
    const [atOnce, waiting] = await Promise.all([false, true].map((asynchronous) => {
      const target: AnyTarget = {
        ...asTarget(honest),
        asynchronous,
        open: () => ({
          perform: ({ kind }: { kind: keyof typeof answers }) =>
            asynchronous ? Promise.resolve(answers[kind]) : answers[kind],
          [Symbol.dispose]() {},
        }),
      };
      return runCase(sides(tailsFirst, target), null, () => listed(commands));
    }));
    assertEquals(atOnce?.verdict.kind, "broken machine");
    assertEquals(waiting, atOnce);
  }
});

Deno.test("runCase waits for a subject that answers with promises, with the same verdict", async () => {
  for (const wrong of [false, true]) {
    const lie = (command: DeskCommand, honest: () => DeskReply): DeskReply =>
      wrong && command === total ? { kind: "total", total: 1 } : honest();
    const waiting = new Desk((command, honest) => Promise.resolve().then(() => lie(command, honest)));
    const commands = [open, use, { kind: "close", ticket: 2 } as const, total];
    const result = await runCase(sides(desk("ordinary"), waiting.target), null, () => listed(commands));
    assertEquals(waiting.live, 0);
    const { verdict, executed } = run(new Desk(lie), commands);
    assertEquals([result.verdict, result.executed], [verdict, executed]);
  }
});

Deno.test("runCase performs the epilogue after the commands, and does not count it among them", () => {
  const walk = { labels: {}, epilogue: () => [total] };
  const under = new Desk((command, honest) => command === total ? { kind: "total", total: 4 } : honest());
  const result = runCase(sides(desk("ordinary"), under.target, walk), null, () => listed([open, use]));
  assert(!(result instanceof Promise));
  assertEquals(result.executed, [open, use]);
  assertEquals([result.verdict.kind, result.performed], ["diverged", 3]);
});

Deno.test("runCase collects labels once per case", () => {
  const walk = {
    labels: { used: ({ command }: { command: DeskCommand }) => command.kind === "use", never: () => false },
  };
  const under = new Desk((_, honest) => honest());
  const result = runCase(sides(desk("ordinary"), under.target, walk), null, () => listed([open, use, use]));
  assert(!(result instanceof Promise));
  assertEquals([...result.labels], ["used"]);
});

Deno.test("runCase calls a promise broken only when no believed state keeps it", () => {
  const wary = {
    ...coin(false),
    always: { "never heads": ({ side }: { side: string }) => side !== "heads" },
  };
  const verdicts = [0, 1].map((fallen) => {
    const target = asTarget(coin(false), () => fallen);
    const result = runCase(sides(wary, target), null, () => listed([{ kind: "toss" }, { kind: "look" }]));
    assert(!(result instanceof Promise));
    return result.verdict;
  });
  assertEquals(verdicts, [
    { kind: "violated", at: 1, machine: "coin", property: "never heads" },
    { kind: "agreed" },
  ]);
});

Deno.test("runCase blames a second judge that knows no answer to what the first one calls possible", () => {
  const deaf: AnyMachine = { ...desk("ordinary"), name: "deaf desk", step: () => undefined };
  const both = { ...sides(desk("ordinary"), asTarget(desk("ordinary"))), also: [deaf] };
  const result = runCase(both, null, () => listed([open]));
  assert(!(result instanceof Promise));
  assertEquals(result.verdict, {
    kind: "broken machine",
    at: 0,
    machine: "deaf desk",
    reason: "open is possible for desk (ordinary) and not here",
  });
});

Deno.test("runCase gives the whole budget to every command of a subject that answers with promises", async () => {
  const under = new Desk((_, honest, budget) => {
    for (let work = 0; work < 60; work++) budget.tick();
    return Promise.resolve(honest());
  });
  const result = await runCase(
    sides(desk("ordinary"), under.target),
    null,
    () => listed([open, use, total]),
  );
  assertEquals(result.verdict, { kind: "agreed" });
  assertEquals(result.performed, 3);
});

Deno.test("runCase ends a case where the answer leads beyond the scope, and blames nobody", () => {
  const counting = (most: number): AnyMachine => ({
    ...coin(false),
    name: "count",
    commands: [{ kind: "toss" }],
    initial: () => ({ tosses: 0 }),
    step(state: { tosses: number }, _command: unknown, world: { cut(reason: string): never }) {
      if (state.tosses === most) world.cut("enough tosses");
      return state.tosses++;
    },
  });
  const toss = { kind: "toss" };
  const narrow = sides(counting(2), asTarget(counting(9)));
  const result = runCase(narrow, null, () => listed([toss, toss, toss]));
  assert(!(result instanceof Promise));
  assertEquals([result.verdict.kind, result.executed.length, result.refused], ["agreed", 2, 1]);
  const second: Sides = { ...sides(counting(9), asTarget(counting(9))), also: [counting(2)] };
  const judged = runCase(second, null, () => listed([toss, toss, toss, toss]));
  assert(!(judged instanceof Promise));
  assertEquals([judged.verdict.kind, judged.executed.length], ["agreed", 2]);
});
