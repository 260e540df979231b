import { assert, assertEquals } from "@std/assert";
import { executionOf } from "./execution_edges.ts";
import type { Access, Order } from "./memory_model.ts";
import { rc11 } from "./rc11.ts";
import { performOnCells } from "./sc.ts";
import { VectorClocks } from "./vector_clocks.ts";

const orders: readonly Order[] = ["plain", "relaxed", "acquire", "release", "acq_rel", "seq_cst"];

/** Numbers from 0 to `below` less 1; the same ones for the same seed. */
function numbers(seed: number): (below: number) => number {
  let random = seed;
  return (below) => {
    random = Math.imul(random, 1_664_525) + 1_013_904_223 | 0;
    return (random >>> 8) % below;
  };
}

function randomAccess(draw: (below: number) => number): Access {
  const location = draw(2);
  const order = orders[draw(6)]!;
  switch (draw(6)) {
    case 0:
    case 1:
      return { kind: "load", location, order: order === "release" ? "relaxed" : order };
    case 2:
    case 3:
      return { kind: "store", location, value: draw(2), order: order === "acquire" ? "plain" : order };
    case 4:
      return { kind: "fence", order: order === "plain" ? "acq_rel" : order };
    default: {
      const atomic = order === "plain" ? "acq_rel" : order;
      return draw(2) === 0 ? { kind: "update", operation: "add", location, operand: 1, order: atomic } : {
        kind: "compareExchange",
        location,
        expected: draw(2),
        desired: 2,
        order: atomic,
        failureOrder: "relaxed",
      };
    }
  }
}

Deno.test("VectorClocks see the first race of an order exactly where its execution graph has it", () => {
  let [raced, clean] = [0, 0];
  for (let seed = 1; seed <= 600; seed++) {
    const draw = numbers(seed);
    const clocks = new VectorClocks(3);
    const cells = [0, 0];
    const steps: { thread: number; access: Access }[] = [];
    let race = false;
    for (let count = 0; count < 12 && !race; count++) {
      const [thread, access] = [draw(3), randomAccess(draw)];
      steps.push({ thread, access });
      const found = clocks.access(thread, access, performOnCells(cells, access));
      const expected = rc11.raceOfLast!(executionOf([0, 0], 3, steps), thread);
      assertEquals([seed, count, found?.location], [seed, count, expected?.location]);
      race = found !== undefined;
    }
    race ? raced++ : clean++;
  }
  assert(raced > 100 && clean > 20, `${raced} orders with a race, ${clean} without`);
});

Deno.test("VectorClocks take what a thread was told for ordered", () => {
  const store: Access = { kind: "store", location: 0, value: 1, order: "plain" };
  const told = new VectorClocks(2);
  told.access(0, store, 0);
  told.learn(1, told.knownTo(0));
  assertEquals(told.access(1, store, 0), undefined);
  const untold = new VectorClocks(2);
  untold.access(0, store, 0);
  assertEquals(untold.access(1, store, 0), {
    location: 0,
    earlier: { thread: 0, kind: "write", order: "plain" },
    later: { thread: 1, kind: "write", order: "plain" },
    earlierAt: 1,
    known: 0,
  });
});

Deno.test("VectorClocks let fences release and acquire for the atomic accesses beside them", () => {
  const data = (kind: "load" | "store"): Access =>
    kind === "load" ? { kind, location: 0, order: "plain" } : { kind, location: 0, value: 1, order: "plain" };
  const flag = (kind: "load" | "store", order: Order): Access =>
    kind === "load" ? { kind, location: 1, order } : { kind, location: 1, value: 1, order };
  const fence = (order: Order): Access => ({ kind: "fence", order });
  /** Whether the two plain accesses race. */
  const races = (release: readonly Access[], acquire: readonly Access[]) => {
    const clocks = new VectorClocks(2);
    for (const access of [data("store"), ...release]) clocks.access(0, access, 0);
    for (const access of acquire) clocks.access(1, access, 1);
    return clocks.access(1, data("load"), 1) !== undefined;
  };
  const [stored, loaded] = [flag("store", "relaxed"), flag("load", "relaxed")];
  assertEquals(races([fence("release"), stored], [loaded, fence("acquire")]), false);
  assertEquals(races([fence("release"), stored], [flag("load", "acquire")]), false);
  assertEquals(races([flag("store", "release")], [loaded, fence("acquire")]), false);
  assertEquals(races([stored, fence("release")], [loaded, fence("acquire")]), true);
  assertEquals(races([fence("release"), stored], [fence("acquire"), loaded]), true);
  assertEquals(races([fence("acquire"), stored], [loaded, fence("acquire")]), true);
  assertEquals(races([fence("release"), stored], [loaded, fence("release")]), true);
});

Deno.test("VectorClocks acquire nothing by a later store of another thread, nor by the order of a success that failed", () => {
  const data: Access = { kind: "store", location: 0, value: 1, order: "plain" };
  const flag = (order: Order): Access => ({ kind: "store", location: 1, value: 1, order });
  /** Whether the plain store of thread 0, released by it, races with one of thread 2 behind `accesses`. */
  const races = (...accesses: readonly (readonly [thread: number, access: Access, read: number])[]) => {
    const clocks = new VectorClocks(3);
    clocks.access(0, data, 0);
    clocks.access(0, flag("release"), 0);
    for (const [thread, access, read] of accesses) clocks.access(thread, access, read);
    return clocks.access(2, data, 0) !== undefined;
  };
  const acquire: Access = { kind: "load", location: 1, order: "acquire" };
  assertEquals(races([2, acquire, 1]), false);
  assertEquals(races([1, flag("relaxed"), 0], [2, acquire, 1]), true);
  const exchange = (failureOrder: Order): Access => {
    return { kind: "compareExchange", location: 1, expected: 7, desired: 2, order: "acq_rel", failureOrder };
  };
  assertEquals(races([2, exchange("relaxed"), 7]), false);
  assertEquals(races([2, exchange("relaxed"), 1]), true);
  assertEquals(races([2, exchange("acquire"), 1]), false);
});
