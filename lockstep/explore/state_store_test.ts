import { assert, assertEquals } from "@std/assert";
import { hashOf, StateStore } from "./state_store.ts";

Deno.test("StateStore numbers states in the order of their first sight, through many growths", () => {
  const words = 3;
  const store = new StateStore(words);
  const source = new Int32Array(words + 1);
  const count = 20_000;
  let growths = 0;
  // Each state comes twice: the second time it must be found.
  for (let at = 0; at < 2 * count; at++) {
    const number = at >> 1;
    source.set([number % 7, Math.imul(number, 0x10001), -number], 1);
    if (store.count >= store.fullAt) {
      store.grow();
      growths++;
    }
    assertEquals(store.add(source, 1, number, number & 0xffff), (at & 1) === 0 ? number : -1 - number);
  }
  assert(growths > 5);
  assertEquals(store.count, count);
  for (const number of [0, 1, 1023, 1024, count - 1]) {
    source.set([number % 7, Math.imul(number, 0x10001), -number], 1);
    assertEquals(store.find(source, 1), number);
    assertEquals([store.parents[number], store.moves[number]], [number, number & 0xffff]);
    assertEquals(store.arena.slice(number * words, number * words + words), source.slice(1));
  }
  source.set([0, 0, 1], 1);
  assertEquals(store.find(source, 1), -1);
});

Deno.test("StateStore tells states apart whose hashes collide", () => {
  const byHash = new Map<number, number>();
  const store = new StateStore(1);
  const source = new Int32Array(1);
  let collisions = 0;
  for (let number = 0; number < 3_000; number++) {
    source[0] = Math.imul(number, 0x9e3779b1);
    const short = hashOf(source, 0, 1) >>> 24;
    if (byHash.has(short)) collisions++;
    byHash.set(short, number);
    if (store.count >= store.fullAt) store.grow();
    assertEquals(store.add(source, 0, 0, 0), number);
  }
  assert(collisions > 2_000);
});

Deno.test("StateStore says beforehand what growing costs", () => {
  const store = new StateStore(2);
  const source = new Int32Array(2);
  while (store.count < store.fullAt) {
    source[0] = store.count;
    store.add(source, 0, 0, 0);
  }
  const { words, parents, moves, table } = store.bytes;
  const needed = store.bytesToGrow();
  store.grow();
  assert(store.totalBytes > words + parents + moves + table);
  assert(store.totalBytes <= needed, `${store.totalBytes} after growing, announced were ${needed}`);
});

Deno.test("hashOf spreads neighbouring states over all slots", () => {
  const source = new Int32Array(2);
  const used = new Set<number>();
  for (let at = 0; at < 4_096; at++) {
    source[0] = at;
    used.add(hashOf(source, 0, 2) >>> 20);
  }
  // A random function reaches 1 - 1/e of the slots, about 2,589.
  assert(used.size > 2_450, `${used.size} of 4096 slots used`);
});
