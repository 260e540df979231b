import { assert, assertEquals, assertStringIncludes, fail } from "@std/assert";
import { z } from "zod";
import type { Machine } from "../machine.ts";
import { Believed, type Hearing } from "./believed.ts";
import { coin, type CoinReply, desk, type DeskReply } from "./example_machines.ts";
import type { Heard } from "./verdict.ts";

const limits = { maximumStates: 8, maximumTicks: 100 };

function hears<Reply>(reply: Reply, view?: unknown): Hearing<Reply, never> & { asked: number } {
  return {
    asked: 0,
    heard(): Heard<Reply> {
      this.asked++;
      return { kind: "replied", reply };
    },
    view: () => view as never,
    hasView: view !== undefined,
  };
}

/** What a machine needs besides its step; the schemas are not looked at here. */
const bare = {
  schema: { state: z.any(), command: z.any(), reply: z.any(), start: z.null() },
  starts: [null],
  commands: [],
  always: {},
  sometimes: {},
  actor: () => "nobody",
};

const done: DeskReply = { kind: "done" };
const busy: DeskReply = { kind: "busy" };

Deno.test("Believed keeps one state as long as hints explain every choice", () => {
  const believed = new Believed(desk("free"), null, limits);
  assertEquals(believed.step({ kind: "open", as: 0 }, hears(done)).kind, "agreed");
  assertEquals(believed.step({ kind: "use", ticket: 0, amount: 5 }, hears(busy)).kind, "agreed");
  assertEquals(believed.step({ kind: "use", ticket: 0, amount: 2 }, hears(done)).kind, "agreed");
  assertEquals(believed.states, [{ open: [true, false, false], total: 2 }]);
});

Deno.test("Believed keeps a set while freedom is hidden, and narrows it when it is observed", () => {
  const believed = new Believed(coin(false), null, limits);
  assertEquals(believed.step({ kind: "toss" }, hears<CoinReply>("tossed")).kind, "agreed");
  assertEquals(believed.states.length, 2);
  assertEquals(believed.step({ kind: "look" }, hears<CoinReply>("tails")).kind, "agreed");
  assertEquals(believed.states, [{ side: "tails" }]);
  assertEquals(believed.step({ kind: "look" }, hears<CoinReply>("heads")), {
    kind: "diverged",
    allowed: ["tails"],
  });
});

Deno.test("Believed.step does not ask the subject when the command is impossible", () => {
  const believed = new Believed(desk("free"), null, limits);
  const hearing = hears(done);
  assertEquals(believed.step({ kind: "close", ticket: 0 }, hearing).kind, "impossible");
  assertEquals(hearing.asked, 0);
});

Deno.test("Believed.step leaves the states as they were after a divergence", () => {
  const believed = new Believed(desk("free"), null, limits);
  believed.step({ kind: "open", as: 0 }, hears(done));
  const outcome = believed.step(
    { kind: "use", ticket: 0, amount: 9 },
    hears<DeskReply>({ kind: "total", total: 0 }),
  );
  assertEquals(outcome, { kind: "diverged", allowed: [done, busy] });
  assertEquals(believed.states, [{ open: [true, false, false], total: 0 }]);
});

Deno.test("Believed.step compares views, and says which were allowed", () => {
  const believed = new Believed(desk("ordinary"), null, limits);
  const outcome = believed.step({ kind: "open", as: 0 }, hears(done, 2));
  assertEquals(outcome, { kind: "diverged view", allowed: [1] });
});

Deno.test("Believed.step gives the same verdict whatever a hint says", () => {
  for (const wrong of [1, "impossible", undefined, 7, -1] as const) {
    const machine: Machine<{ side: number }, { kind: "pick" }, number> = {
      ...bare,
      name: "misled",
      initial: () => ({ side: 0 }),
      step: (state, _command, world) => state.side = world.choose(2, () => wrong),
    };
    const believed = new Believed(machine, null, limits);
    assertEquals(believed.step({ kind: "pick" }, hears(0)).kind, "agreed", `hint ${wrong}`);
    assertEquals(believed.states, [{ side: 0 }], `hint ${wrong}`);
  }
});

Deno.test("Believed.step reports a machine whose states disagree on what is possible", () => {
  const believed = new Believed(coin(true), null, limits);
  believed.step({ kind: "toss" }, hears<CoinReply>("tossed"));
  const outcome = believed.step({ kind: "spend" }, hears<CoinReply>("spent"));
  assert(outcome.kind === "broken machine");
  assertStringIncludes(outcome.reason, "possible in 1 of 2 believed states");
});

Deno.test("Believed.step reports a machine with more freedom than can be kept", () => {
  const machine: Machine<{ bits: number }, { kind: "flip" }, null> = {
    ...bare,
    name: "bits",
    initial: () => ({ bits: 0 }),
    step: (state, _command, world) => {
      state.bits = state.bits * 3 + world.choose(3);
      return null;
    },
  };
  const believed = new Believed(machine, null, limits);
  assertEquals(believed.step({ kind: "flip" }, hears(null)).kind, "agreed");
  const outcome = believed.step({ kind: "flip" }, hears(null));
  assert(outcome.kind === "broken machine");
  assertStringIncludes(outcome.reason, "9 believed states, at most 8");
});

Deno.test("Believed.step reports an exception in the machine as the machine's fault", () => {
  const machine: Machine<object, { kind: "x" }, null> = {
    ...bare,
    name: "throws",
    initial: () => ({}),
    step: () => fail("oh no"),
  };
  const outcome = new Believed(machine, null, limits).step({ kind: "x" }, hears(null));
  assert(outcome.kind === "broken machine");
  assertStringIncludes(outcome.reason, "oh no");
});

Deno.test("Believed.step goes back over the choices that were heard, not over the first alternatives", () => {
  const believed = new Believed(desk("free"), null, limits);
  believed.step({ kind: "open", as: 0 }, hears(done));
  believed.step({ kind: "use", ticket: 0, amount: 5 }, hears(busy));
  const outcome = believed.step({ kind: "total" }, hears<DeskReply>({ kind: "total", total: 5 }));
  assertEquals(outcome, { kind: "diverged", allowed: [{ kind: "total", total: 0 }] });
  assertEquals(believed.states, [{ open: [true, false, false], total: 0 }]);
});

interface Count {
  count: number;
}

/** Adds one, or does nothing in one of two ways that no hint tells apart. */
const counter: Machine<Count, { kind: "add" | "idle" }, string> = {
  ...bare,
  name: "counter",
  initial: () => ({ count: 0 }),
  step(state, { kind }, world) {
    if (kind === "add") state.count++;
    else world.choose(2);
    return "done";
  },
};

Deno.test("Believed.step goes back to the state after a choice that only a set explained", () => {
  const believed = new Believed(counter, null, limits);
  for (const kind of ["add", "idle", "add"] as const) {
    assertEquals(believed.step({ kind }, hears("done")).kind, "agreed");
  }
  assertEquals(believed.step({ kind: "add" }, hears("refused")).kind, "diverged");
  assertEquals(believed.states, [{ count: 2 }]);
});

Deno.test("Believed.step takes a hint that names no alternative for no opinion", () => {
  for (const hint of [2, -1, NaN]) {
    const machine: Machine<Count, { kind: "draw" }, string> = {
      ...bare,
      name: "drawing",
      initial: () => ({ count: -1 }),
      step(state, _command, world) {
        state.count = world.choose(2, () => hint);
        return "drawn";
      },
    };
    const believed = new Believed(machine, null, limits);
    assertEquals(believed.step({ kind: "draw" }, hears("drawn")).kind, "agreed");
    assertEquals(believed.states, [{ count: 0 }, { count: 1 }], `hint ${hint}`);
  }
});

/** Counts by one or two, up to 3: what lies beyond is cut off. */
const bounded: Machine<{ count: number }, { kind: "add" }, number> = {
  ...bare,
  name: "bounded",
  initial: () => ({ count: 0 }),
  step(state, _command, world) {
    state.count += world.choose(2, (heard) => heard - state.count === 2 ? 1 : 0) + 1;
    if (state.count > 3) world.cut("more than 3");
    return state.count;
  },
};

Deno.test("Believed.step says that an answer leads beyond the scope, and blames nobody", () => {
  for (const hinted of [true, false]) {
    const machine: typeof bounded = hinted ? bounded : {
      ...bounded,
      step: (state, command, world) =>
        bounded.step(state, command, { ...world, choose: (count) => world.choose(count) }),
    };
    const believed = new Believed(machine, null, limits);
    assertEquals(believed.step({ kind: "add" }, hears(2)).kind, "agreed");
    assertEquals(believed.step({ kind: "add" }, hears(4)), { kind: "beyond" });
    assertEquals(believed.states, [{ count: 2 }]);
    assertEquals(believed.step({ kind: "add" }, hears(3)).kind, "agreed");
    const hearing = hears(9);
    assertEquals(believed.step({ kind: "add" }, hearing), { kind: "beyond" });
  }
});

Deno.test("Believed.step does not ask the subject for what can only lead beyond the scope", () => {
  const believed = new Believed(
    { ...bounded, step: (_state, _command, world) => world.cut("nothing fits") },
    null,
    limits,
  );
  const hearing = hears(1);
  assertEquals(believed.step({ kind: "add" }, hearing), { kind: "beyond" });
  assertEquals(hearing.asked, 0);
});

interface BufferState {
  waiting: number[];
  cell: number;
}

interface BufferCommand {
  readonly kind: "store" | "load";
  readonly value: number;
}

/** A cell behind a buffer of `most` numbers, which drains when it likes. */
function buffered(most: number): Machine<BufferState, BufferCommand, number, null, number> {
  return {
    ...bare,
    name: "buffer",
    initial: () => ({ waiting: [], cell: 0 }),
    step(state, { kind, value }) {
      if (kind === "load") return state.cell;
      if (state.waiting.length === most) return -1;
      state.waiting.push(value);
      return 0;
    },
    view: ({ cell }) => cell,
    internal: {
      drain: {
        actor: "processor",
        move(state) {
          if (state.waiting.length === 0) return undefined;
          state.cell = state.waiting.shift()!;
          return "drained";
        },
      },
    },
  };
}

Deno.test("Believed allows what moves that nobody commands may have done meanwhile, and nothing else", () => {
  const load: BufferCommand = { kind: "load", value: 0 };
  const stored = (): Believed<BufferState, BufferCommand, number, null, number> => {
    const believed = new Believed(buffered(3), null, limits);
    for (const value of [1, 2]) {
      assertEquals(believed.step({ kind: "store", value }, hears(0)).kind, "agreed");
    }
    return believed;
  };
  assertEquals(stored().states.length, 3);
  for (const value of [0, 1, 2]) assertEquals(stored().step(load, hears(value)).kind, "agreed");
  assertEquals(stored().step(load, hears(3)), { kind: "diverged", allowed: [0, 1, 2] });
  const believed = stored();
  assertEquals(believed.step(load, hears(1)).kind, "agreed");
  assertEquals(believed.step(load, hears(0)), { kind: "diverged", allowed: [1, 2] });
  // Moves happen before the look as well.
  assertEquals(stored().step({ kind: "store", value: 3 }, hears(0, 3)).kind, "agreed");
  assertEquals(stored().step({ kind: "store", value: 3 }, hears(0, 4)).kind, "diverged view");
});

Deno.test("Believed.step names the move that leaves more states than can be kept", () => {
  const believed = new Believed(buffered(20), null, limits);
  let last = believed.step({ kind: "store", value: 1 }, hears(0));
  for (let value = 2; value < 20 && last.kind === "agreed"; value++) {
    last = believed.step({ kind: "store", value }, hears(0));
  }
  assert(last.kind === "broken machine");
  assertStringIncludes(last.reason, "the move drain leaves more than 8 believed states");
});
