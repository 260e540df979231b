import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { z } from "zod";
import type { Machine } from "../../machine.ts";
import { explore } from "../explore.ts";
import { toItf } from "./itf.ts";
import { stateGraph, toDot, toSvg } from "./state_graph.ts";
import { why } from "./why.ts";

interface Box {
  used: number;
  open: boolean;
}

type Command = { readonly kind: "put"; readonly count: number } | { readonly kind: "open" };

function box(capacity: number): Machine<Box, Command, "ok"> {
  return {
    name: "box",
    schema: {
      state: z.strictObject({ used: z.int().min(0).max(capacity), open: z.boolean() }),
      command: z.union([
        z.strictObject({ kind: z.literal("put"), count: z.int() }),
        z.strictObject({ kind: z.literal("open") }),
      ]),
      reply: z.literal("ok"),
      start: z.null(),
    },
    starts: [null],
    commands: [{ kind: "open" }, { kind: "put", count: 1 }, { kind: "put", count: 2 }],
    initial: () => ({ used: 0, open: false }),
    step(state, command, world) {
      switch (command.kind) {
        case "open":
          if (state.open) return world.refuse("already open");
          state.open = true;
          return "ok";
        case "put":
          if (!state.open) return world.refuse("not open");
          if (state.used + command.count > capacity) return world.refuse("no room");
          state.used += command.count;
          return "ok";
      }
    },
    always: { "never full": ({ used }) => used < capacity },
    sometimes: {},
    actor: () => "client",
    show: ({ used, open }) => open ? `${used} used` : "closed",
  };
}

Deno.test("stateGraph has every state and joins the moves between two of them", () => {
  const graph = stateGraph(box(2));
  assertEquals(
    graph.nodes.map(({ label, initial, depth, violates, deadlock }) => [
      label,
      initial,
      depth,
      violates.length,
      deadlock,
    ]),
    [
      ["closed", true, 1, 0, false],
      ["0 used", false, 2, 0, false],
      ["1 used", false, 3, 0, false],
      ["2 used", false, 3, 1, true],
    ],
  );
  assertEquals(graph.edges, [
    { from: 0, to: 1, labels: ["open"] },
    { from: 1, to: 2, labels: ["put count=1"] },
    { from: 1, to: 3, labels: ["put count=2"] },
    { from: 2, to: 3, labels: ["put count=1"] },
  ]);
});

Deno.test("stateGraph goes level by level where there are more than 300 states, and is empty above 300 levels", () => {
  assertEquals(stateGraph(box(298)).nodes.length, 300);
  const { nodes, edges, summary } = stateGraph(box(299));
  assertEquals(summary, "box has 301 states, which is too many to draw: level by level");
  // Two levels while it is opened, and then two more cells at most with each step.
  assertEquals([nodes.length, edges.length], [152, 151]);
  assertEquals(nodes.reduce((sum, { states }) => sum + states, 0), 301);
  assertEquals(nodes.at(-1), {
    index: 151,
    states: 1,
    label: "level 152: 1 state",
    initial: false,
    depth: 152,
    violates: ["never full"],
    deadlock: true,
  });
  assertEquals(
    stateGraph({ ...box(900), commands: [{ kind: "open" }, { kind: "put", count: 1 }] }).nodes,
    [],
  );
});

Deno.test("stateGraph of a search that a limit has ended claims no deadlock where nobody looked", () => {
  const { nodes } = stateGraph(box(20), { maximumDepth: 3 });
  assertEquals(nodes.map(({ deadlock }) => deadlock), [false, false, false, false]);
});

Deno.test("stateGraph draws states of which a promise or the machine's own words throw", () => {
  const fails = (): never => {
    throw new Error("no");
  };
  const { nodes } = stateGraph({ ...box(2), always: { "never asked": fails }, show: fails });
  assertEquals(nodes[0]!.violates, ["never asked"]);
  assertEquals(nodes[0]!.label, "{used=0 open=false}");
  const stuck = stateGraph({ ...box(2), step: () => undefined, done: fails });
  assertEquals(stuck.nodes.map(({ deadlock }) => deadlock), [false]);
});

Deno.test("toDot marks the initial state and the violations", () => {
  const dot = toDot(stateGraph(box(2)));
  assertStringIncludes(dot, `s0 [label="closed" penwidth=2.5];`);
  assertStringIncludes(dot, `s3 [label="2 used\\nviolates: never full\\ndeadlock" fillcolor="#ffebe9"`);
  assertStringIncludes(dot, `s1 -> s3 [label="put count=2"];`);
});

Deno.test("toSvg draws the graph, the same each time", async () => {
  const graph = stateGraph(box(2));
  const svg = await toSvg(graph);
  assert(svg.startsWith("<svg"));
  for (const { label } of graph.nodes) assertStringIncludes(svg, label);
  assertEquals(await toSvg(graph), svg);
});

/** The grammar of ITF's expressions, as its description gives it. */
function isItfExpression(value: unknown): boolean {
  if (typeof value === "string" || typeof value === "boolean") return true;
  if (typeof value === "number") return Number.isSafeInteger(value);
  if (Array.isArray(value)) return value.every(isItfExpression);
  if (typeof value !== "object" || value === null) return false;
  const fields = Object.entries(value);
  const [name, inner] = fields[0] ?? [];
  switch (name) {
    case "#bigint":
      return fields.length === 1 && /^-?[0-9]+$/.test(String(inner));
    case "#tup":
      return fields.length === 1 && Array.isArray(inner) && inner.every(isItfExpression);
    case "#unserializable":
      return fields.length === 1 && typeof inner === "string";
  }
  return fields.every(([field, part]) => !field.startsWith("#") && isItfExpression(part));
}

const none = { tag: "None", value: { "#tup": [] } };

Deno.test("toItf writes nothing but what ITF's grammar has, with the same variables in every state", () => {
  const odd = { deep: [null, 1.5, 2 ** 60, -1, { "#tup": 1 }], none: null };
  const steps = [
    { actor: "a", command: { kind: "put", what: odd }, reply: null, state: { cell: odd } },
    { actor: "b", move: "drain" },
  ];
  const { vars, states } = toItf({ start: odd, initial: { cell: null }, steps }, {
    machine: "m",
    property: "p",
  });
  for (const { "#meta": _, ...variables } of states) {
    assertEquals(Object.keys(variables), [...vars]);
    assert(Object.values(variables).every(isItfExpression), JSON.stringify(variables));
  }
  assertEquals(states[1]!["cell"], {
    deep: [none, { "#unserializable": "1.5" }, { "#bigint": String(2n ** 60n) }, -1, { "_#tup": 1 }],
    none,
  });
  assertEquals(states[2]!["cell"], states[1]!["cell"]);
});

Deno.test("toItf writes states, commands and their parameters", () => {
  const [violation] = explore(box(2)).violations;
  const itf = toItf(violation!.trace, { machine: "box", property: violation!.property });
  assertEquals(itf.vars, [
    "mbt::actionTaken",
    "mbt::nondetPicks",
    "lockstep::actor",
    "lockstep::reply",
    "used",
    "open",
  ]);
  assertEquals(
    itf.states.map((state) => [state["mbt::actionTaken"], state["mbt::nondetPicks"], state["used"]]),
    [
      ["init", { count: none }, 0],
      ["open", { count: none }, 0],
      ["put", { count: { tag: "Some", value: 2 } }, 2],
    ],
  );
  assertEquals(itf["#meta"].description, "box: never full");
});

Deno.test("toItf marks where a lasso loops to", () => {
  const machine = { ...box(2), leadsTo: { "opens": { from: () => true, to: ({ open }: Box) => open } } };
  const lasso = explore(machine).violations.find(({ kind }) => kind === "leadsTo")!;
  assertEquals(toItf(lasso.trace, { machine: "box", property: lasso.property }).loop, 0);
});

Deno.test("why names the values that a refusal looked at, the decisive one last", () => {
  const refusal = why(box(2), { used: 1, open: true }, { kind: "put", count: 2 });
  assertEquals(refusal, {
    verdict: "refused",
    replies: [],
    conditions: ["no room"],
    looked: [{ path: "state.open", value: true }, { path: "state.used", value: 1 }],
  });
  assertEquals(why(box(2), { used: 1, open: false }, { kind: "put", count: 2 }).looked.at(-1), {
    path: "state.open",
    value: false,
  });
  assertEquals(why(box(2), { used: 1, open: true }, { kind: "put", count: 1 }).verdict, "possible");
});

Deno.test("why takes a state and a command as one writes them, of a machine of few words", () => {
  const door: Machine<{ is: "open" | "shut" }, { kind: "open" | "shut" }, "ok"> = {
    name: "door",
    schema: { state: z.any(), command: z.any(), reply: z.literal("ok"), start: z.null() },
    starts: [null],
    commands: [],
    initial: () => ({ is: "shut" }),
    step(state, { kind }) {
      if (state.is === kind) return undefined;
      state.is = kind;
      return "ok";
    },
    internal: {
      wind: { actor: "wind", move: (state) => state.is === "shut" ? undefined : state.is = "shut" },
    },
    always: {},
    sometimes: {},
    actor: () => "owner",
  };
  assertEquals(why(door, { is: "open" }, { kind: "open" }).verdict, "refused");
  assertEquals(why(door, { is: "open" }, "wind").verdict, "possible");
});

Deno.test("why says that there is no internal move of a name", () => {
  const message = "Cannot explain drain: box has no internal moves";
  assertThrows(() => why(box(2), { used: 0, open: true }, "drain"), RangeError, message);
  const leaking = { ...box(2), internal: { leak: { actor: "box", move: () => undefined } } };
  assertThrows(
    () => why(leaking, { used: 0, open: true }, "toString"),
    RangeError,
    "Cannot explain toString: box has the internal moves leak",
  );
});

Deno.test("explore says which conditions refused what was never possible, and how one gets there", () => {
  const machine = { ...box(2), commands: [{ kind: "open" as const }, { kind: "put" as const, count: 3 }] };
  const [refusals, ...more] = explore(machine).refusals;
  assertEquals(more, []);
  assertEquals(
    { ...refusals, conditions: refusals!.conditions.map(({ trace, ...rest }) => [rest, trace.steps.length]) },
    {
      command: { kind: "put", count: 3 },
      tried: 2,
      possible: 0,
      conditions: [[{ condition: "not open", states: 1 }, 0], [{ condition: "no room", states: 1 }, 1]],
    },
  );
});

Deno.test("explore says why of a command that it is asked about", () => {
  const [refusals] = explore(box(2), { why: [{ count: 2, kind: "put" }] }).refusals;
  assertEquals([refusals!.tried, refusals!.possible], [4, 1]);
  assertEquals(refusals!.conditions.map(({ condition, states }) => [condition, states]), [
    ["no room", 2],
    ["not open", 1],
  ]);
  assertEquals(explore(box(2)).refusals, []);
});

Deno.test("explore says that it is asked about no command of the machine", () => {
  assertThrows(
    () => explore(box(2), { why: [{ kind: "open" }, { kind: "put", count: 7 }] }),
    RangeError,
    'Cannot explore box: why asks about {"kind":"put","count":7}, must be one of its commands',
  );
});

Deno.test("explore gives a shortest way to each situation that was to be reached", () => {
  const machine: Machine<Box, Command, "ok"> = {
    ...box(2),
    sometimes: { "full": ({ used }) => used === 2, "closed": ({ open }) => !open },
    someStep: { "from half to full": ({ before, after }) => before.used === 1 && after.used === 2 },
  };
  const { witnesses, vacuous } = explore(machine, { witnesses: true });
  assertEquals(
    witnesses.map(({ kind, property, trace }) => [kind, property, trace.steps.map(({ command }) => command)]),
    [
      ["sometimes", "full", [{ kind: "open" }, { kind: "put", count: 2 }]],
      ["someStep", "from half to full", [
        { kind: "open" },
        { kind: "put", count: 1 },
        { kind: "put", count: 1 },
      ]],
    ],
  );
  assertEquals(vacuous, [`never reached: sometimes "closed"`]);
  assertEquals(explore(machine).witnesses, []);
});
