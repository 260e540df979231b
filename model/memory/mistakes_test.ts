import { assertEquals, assertNotEquals } from "@std/assert";
import { checkLitmus } from "./check_litmus.ts";
import { parseLitmus } from "./litmus.ts";
import type { MemoryModel } from "./memory_model.ts";
import { rc11, rc11WithRules } from "./rc11.ts";
import { tso, tsoWithRules } from "./tso.ts";

const relaxed = "memory_order_relaxed";
const store = (to: string, value: number, order = relaxed) =>
  `atomic_store_explicit(${to},${value},${order});`;
const load = (into: string, from: string, order = relaxed) =>
  `int ${into} = atomic_load_explicit(${from},${order});`;
const fenceSc = "atomic_thread_fence(memory_order_seq_cst);";

function observation<Memory>(
  bodies: readonly string[],
  condition: string,
  model: MemoryModel<Memory>,
): string {
  const threads = bodies.map((body, index) =>
    `P${index} (atomic_int* x, atomic_int* y, atomic_int* z, int* d) { ${body} }`
  );
  const test = parseLitmus("mistake.litmus", `C mistake\n{}\n${threads.join("\n")}\nexists (${condition})\n`);
  const { observation, race } = checkLitmus(test, model);
  return race === undefined ? observation : `${observation}, race`;
}

/** The right model and the one with the mistake must disagree on the program. */
function kills<Right, Wrong>(
  bodies: readonly string[],
  condition: string,
  right: readonly [MemoryModel<Right>, string],
  wrong: MemoryModel<Wrong>,
): void {
  assertEquals(observation(bodies, condition, right[0]), right[1]);
  assertNotEquals(observation(bodies, condition, wrong), right[1]);
}

Deno.test("tso without store forwarding is killed by a thread that reads its own store", () => {
  const wrong = tsoWithRules({ forwards: "none", fenceDrains: true, drains: "oldest" });
  kills([`${store("x", 1)} ${load("a", "x")}`], "0:a=0", [tso, "Never"], wrong);
});

Deno.test("tso that forwards the oldest store is killed by a thread that reads its own second store", () => {
  const wrong = tsoWithRules({ forwards: "oldest", fenceDrains: true, drains: "oldest" });
  kills([`${store("x", 1)} ${store("x", 2)} ${load("a", "x")}`], "0:a=1", [tso, "Never"], wrong);
});

Deno.test("tso with a fence that does not wait for the buffer is killed by SB+fsc", () => {
  const wrong = tsoWithRules({ forwards: "newest", fenceDrains: false, drains: "oldest" });
  const bodies = [
    `${store("x", 1)} ${fenceSc} ${load("a", "y")}`,
    `${store("y", 1)} ${fenceSc} ${load("b", "x")}`,
  ];
  kills(bodies, "0:a=0 /\\ 1:b=0", [tso, "Never"], wrong);
});

Deno.test("tso with a last-in-first-out buffer is killed by MP", () => {
  const wrong = tsoWithRules({ forwards: "newest", fenceDrains: true, drains: "newest" });
  const bodies = [`${store("x", 1)} ${store("y", 1)}`, `${load("a", "y")} ${load("b", "x")}`];
  kills(bodies, "1:a=1 /\\ 1:b=0", [tso, "Never"], wrong);
});

Deno.test("rc11 with stores between a read-modify-write and its source is killed by INC2", () => {
  const wrong = rc11WithRules({ keepsUpdatesAdjacent: false });
  const increment = (into: string) => `int ${into} = atomic_fetch_add_explicit(x,1,${relaxed});`;
  kills([increment("a"), increment("b")], "x=1", [rc11, "Never"], wrong);
});

Deno.test("rc11 without release sequences is killed by MP+relseq-rmw", () => {
  const wrong = rc11WithRules({ releaseSequences: "none" });
  const bodies = [
    `*d = 1; ${store("y", 1, "memory_order_release")}`,
    `int a = atomic_fetch_add_explicit(y,1,${relaxed});`,
    `${load("b", "y", "memory_order_acquire")} if (b == 2) { int c = *d; }`,
  ];
  kills(bodies, "2:b=2 /\\ 2:c=0", [rc11, "Never"], wrong);
});

Deno.test("rc11 without the seq_cst axiom is killed by SB+sc", () => {
  const wrong = rc11WithRules({ ordersSeqCst: false });
  const [write, read] = ["memory_order_seq_cst", "memory_order_seq_cst"];
  const bodies = [
    `${store("x", 1, write)} ${load("a", "y", read)}`,
    `${store("y", 1, write)} ${load("b", "x", read)}`,
  ];
  kills(bodies, "0:a=0 /\\ 1:b=0", [rc11, "Never"], wrong);
});

Deno.test("rc11 with clocks joined through seq_cst fences is killed by a race that their order hides", () => {
  const wrong = rc11WithRules({ fencesSynchronize: true });
  // c = 1 tells that the first fence precedes the second, but nothing was acquired: the two accesses of d race.
  const bodies = [
    `*d = 1; ${fenceSc} ${load("a", "y")} if (a == 0) { ${store("z", 1)} }`,
    `${store("y", 1)} ${fenceSc} ${load("c", "z")} if (c == 1) { int r = *d; }`,
  ];
  kills(bodies, "1:c=1", [rc11, "Sometimes, race"], wrong);
});
