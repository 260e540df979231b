import { assertEquals } from "@std/assert";
import { executionEdges, executionOf } from "./execution_edges.ts";
import type { ExecutionGraph, ReleaseSequences } from "./execution_graph.ts";
import type { Access, Order } from "./memory_model.ts";

const store = (location: number, value: number, order: Order): Access => ({
  kind: "store",
  location,
  value,
  order,
});
const load = (location: number, order: Order): Access => ({ kind: "load", location, order });
const fence = (order: Order): Access => ({ kind: "fence", order });

const arrows = (graph: ExecutionGraph, kind: string, sequences?: ReleaseSequences) =>
  executionEdges(graph, sequences).edges.filter((edge) => edge.kind === kind)
    .map(({ from, to }) => `${from.thread}.${from.index}-${to.thread}.${to.index}`);

Deno.test("executionEdges gives each relation once, and nothing from initial values", () => {
  const graph = executionOf([0, 0], 2, [
    { thread: 1, access: load(0, "relaxed") },
    { thread: 0, access: store(0, 1, "relaxed") },
    { thread: 0, access: store(0, 2, "relaxed") },
    { thread: 1, access: load(0, "acquire") },
  ]);
  assertEquals(arrows(graph, "program-order"), ["0.0-0.1", "1.0-1.1"]);
  assertEquals(arrows(graph, "modification-order"), ["0.0-0.1"]);
  assertEquals(arrows(graph, "reads-from"), ["0.1-1.1"]);
  // An acquiring load synchronizes with a release only.
  assertEquals(arrows(graph, "synchronizes-with"), []);
  assertEquals(executionEdges(graph).happensBefore({ thread: 0, index: 0 }, { thread: 1, index: 1 }), false);
});

Deno.test("executionEdges synchronizes fences with fences", () => {
  const graph = executionOf([0, 0], 2, [
    { thread: 0, access: store(0, 1, "plain") },
    { thread: 0, access: fence("release") },
    { thread: 0, access: store(1, 1, "relaxed") },
    { thread: 1, access: load(1, "relaxed") },
    { thread: 1, access: fence("acquire") },
    { thread: 1, access: load(0, "plain") },
  ]);
  assertEquals(arrows(graph, "synchronizes-with"), ["0.1-1.1"]);
  const { happensBefore } = executionEdges(graph);
  assertEquals(happensBefore({ thread: 0, index: 0 }, { thread: 1, index: 2 }), true);
  assertEquals(happensBefore({ thread: 1, index: 2 }, { thread: 0, index: 0 }), false);
});

Deno.test("executionEdges continues a release sequence through later stores in C11 and not in C++20", () => {
  const graph = executionOf([0], 2, [
    { thread: 0, access: store(0, 1, "release") },
    { thread: 0, access: store(0, 2, "relaxed") },
    { thread: 1, access: load(0, "acquire") },
  ]);
  assertEquals(arrows(graph, "synchronizes-with", "c11"), ["0.0-1.0"]);
  assertEquals(arrows(graph, "synchronizes-with", "c++20"), []);
});
