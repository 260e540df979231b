import { assertEquals } from "@std/assert";
import { z } from "zod";
import type { Machine, World } from "../machine.ts";
import { refines } from "./refines.ts";

type Command = { readonly kind: "put" | "take" };
type Answer = "ok" | "full" | "empty";
type Flags = { readonly capacity: number; readonly fullAt?: number; readonly takeFrom?: number };

const schema = {
  command: z.strictObject({ kind: z.enum(["put", "take"]) }),
  reply: z.enum(["ok", "full", "empty"]),
  start: z.null(),
};

/** A bag that may say "full" early, once it holds at least `mayBeFull`. */
function bag(capacity: number, mayBeFull: number): Machine<{ held: number }, Command, Answer, null, number> {
  return {
    name: "bag",
    schema: { ...schema, state: z.strictObject({ held: z.int().min(0).max(capacity) }) },
    starts: [null],
    commands: [{ kind: "put" }, { kind: "take" }],
    initial: () => ({ held: 0 }),
    step(state, command, world) {
      switch (command.kind) {
        case "put":
          if (state.held >= mayBeFull && (state.held === capacity || world.choose(2) === 1)) return "full";
          state.held++;
          return "ok";
        case "take":
          if (state.held === 0) return "empty";
          state.held--;
          return "ok";
      }
    },
    view: (state) => state.held,
    always: {},
    sometimes: {},
    actor: () => "client",
  };
}

/** A ring of flags with a head and a tail. */
function ring(
  { capacity, fullAt = capacity, takeFrom = 1 }: Flags,
): Machine<{ head: number; tail: number }, Command, Answer, null, number> {
  const state = z.strictObject({ head: z.int().min(0).max(63), tail: z.int().min(0).max(63) });
  const used = ({ head, tail }: { readonly head: number; readonly tail: number }) => (tail - head + 64) % 64;
  return {
    name: "ring",
    schema: { ...schema, state },
    starts: [null],
    commands: [{ kind: "put" }, { kind: "take" }],
    initial: () => ({ head: 0, tail: 0 }),
    step(state, command) {
      switch (command.kind) {
        case "put":
          if (used(state) >= fullAt) return "full";
          state.tail = (state.tail + 1) % 64;
          return "ok";
        case "take":
          if (used(state) < takeFrom) return takeFrom > 1 ? undefined : "empty";
          state.head = (state.head + 1) % 64;
          return "ok";
      }
    },
    view: used,
    always: {},
    sometimes: {},
    actor: () => "client",
  };
}

Deno.test("refines proves a ring of offsets against a bag", () => {
  const result = refines(ring({ capacity: 3 }), bag(3, 3));
  assertEquals(result.violations, []);
  assertEquals([result.states, result.exhausted, result.widest], [64 * 4, true, 1]);
});

Deno.test("refines accepts any of the answers that the specification allows", () => {
  const result = refines(ring({ capacity: 3, fullAt: 2 }), bag(3, 2));
  assertEquals([result.violations, result.exhausted], [[], true]);
});

Deno.test("refines shows the shortest disagreement with the answers that were allowed", () => {
  const result = refines(ring({ capacity: 3, fullAt: 2 }), bag(3, 3));
  assertEquals(
    result.violations.map(({ property, allowed, trace }) => ({
      property,
      allowed,
      commands: trace.steps.map(({ command, reply }) => [command?.kind, reply]),
    })),
    [{
      property: "reply: put",
      allowed: [{ reply: "ok" }],
      commands: [["put", "ok"], ["put", "ok"], ["put", "full"]],
    }],
  );
});

Deno.test("refines reports a command that only the specification can carry out", () => {
  const [violation] = refines(ring({ capacity: 3, takeFrom: 2 }), bag(3, 3)).violations;
  assertEquals(violation?.property, "possible only in the specification: take");
  assertEquals(violation?.trace.steps.map(({ command }) => command?.kind), ["take"]);
});

Deno.test("refines reports a command that only the mechanism can carry out", () => {
  const [violation] = refines(bag(3, 3), ring({ capacity: 3, takeFrom: 2 })).violations;
  assertEquals(violation?.property, "possible only in the mechanism: take");
});

Deno.test("refines says that it knows nothing of a refused command at which the specification is cut", () => {
  const never = { ...bag(3, 3), step: (): undefined => undefined };
  const ended = {
    ...bag(3, 3),
    step: (_: unknown, __: unknown, world: World<Answer>) => world.cut("enough"),
  };
  const result = refines(never, ended);
  assertEquals([result.exhausted, result.violations], [false, []]);
  assertEquals(result.cuts, [{ reason: "specification: enough", count: 2 }]);
});

Deno.test("refines compares views where both sides have one", () => {
  const blind = { ...ring({ capacity: 3 }), view: () => 0 };
  const [violation] = refines(blind, bag(3, 3)).violations;
  assertEquals([violation?.property, violation?.trace.steps.length], ["view after put", 1]);
  assertEquals(violation?.allowed, [{ view: 1 }]);
});

Deno.test("refines blames the mechanism for a view of it that throws", () => {
  for (const [held, steps] of [[0, 0], [2, 2]] as const) {
    const mechanism = bag(3, 3);
    const shy = {
      ...mechanism,
      view(state: { readonly held: number }): number {
        if (state.held === held) throw new Error("no");
        return state.held;
      },
    };
    const { violations } = refines(shy, bag(3, 3));
    assertEquals(
      violations.map(({ property, trace }) => [property, trace.steps.length]),
      [["the mechanism's view fails: Error: no", steps]],
    );
  }
});

Deno.test("refines follows internal moves of the specification", () => {
  // The specification loses a held item on its own; the ring never does, and agrees all the same.
  const leaky = {
    ...bag(3, 3),
    internal: {
      leak: {
        actor: "leak",
        move: (state: { held: number }) => {
          if (state.held === 0) return undefined;
          state.held--;
          return "lost one";
        },
      },
    },
  };
  const result = refines(ring({ capacity: 3 }), leaky);
  assertEquals([result.violations, result.exhausted], [[], true]);
});

Deno.test("refines lets internal moves change what is seen, on both sides", () => {
  const leak = {
    leak: {
      actor: "leak",
      move: (state: { held: number }) => {
        if (state.held === 0) return undefined;
        state.held--;
        return "lost one";
      },
    },
  };
  const leaky = { ...bag(3, 3), internal: leak };
  const itself = refines(leaky, leaky);
  assertEquals([itself.violations, itself.exhausted], [[], true]);
  // It loses one when it is full, just before it puts another one in.
  const forgetful: typeof leaky = {
    ...leaky,
    internal: {} as typeof leak,
    step(state, command, world) {
      if (command.kind === "put" && state.held === 3) state.held = 2;
      return leaky.step(state, command, world);
    },
  };
  assertEquals(refines(forgetful, leaky).violations, []);
  const [violation] = refines(leaky, bag(3, 3)).violations;
  assertEquals([violation?.property, violation?.allowed], ["view after an internal move", [{ view: 1 }]]);
});

Deno.test("refines gives up a path that too many specification states explain, and says so", () => {
  const hidden: Machine<{ secret: number }, Command, Answer, null, number> = {
    name: "hidden",
    starts: [null],
    commands: [{ kind: "put" }, { kind: "take" }],
    always: {},
    sometimes: {},
    actor: () => "client",
    schema: { ...schema, state: z.strictObject({ secret: z.int().min(0).max(99) }) },
    initial: () => ({ secret: 0 }),
    step(state, _command, world) {
      state.secret = world.choose(100);
      return "ok";
    },
    view: () => 0,
  };
  const result = refines(hidden, hidden, { maximumBelieved: 10 });
  assertEquals([result.exhausted, result.violations], [false, []]);
  assertEquals(result.cuts.map(({ reason }) => reason), [
    "specification: more than 10 states explain the same answers after put",
    "specification: more than 10 states explain the same answers after take",
  ]);
});

Deno.test("refines lists every view that was allowed, also where a view is a part of the state", () => {
  type Die = { top: { value: number } };
  const die: Machine<Die, Command, Answer, null, unknown> = {
    name: "die",
    schema: { ...schema, state: z.strictObject({ top: z.strictObject({ value: z.int().min(0).max(3) }) }) },
    starts: [null],
    commands: [{ kind: "put" }],
    initial: () => ({ top: { value: 0 } }),
    step(state, _command, world) {
      state.top.value = 1 + world.choose(3);
      return "ok";
    },
    view: (state) => state.top,
    always: {},
    sometimes: {},
    actor: () => "client",
  };
  const loaded = { ...die, view: ({ top }: Die) => ({ value: top.value === 0 ? 0 : 9 }) };
  const [violation] = refines(loaded, die).violations;
  assertEquals(violation?.allowed, [{ view: { value: 1 } }, { view: { value: 2 } }, { view: { value: 3 } }]);
});
