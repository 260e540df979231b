import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { compileExchange, numberFresh, partEnd, takeInLeft } from "./exchange.ts";
import { hashOf, StateStore } from "./state_store.ts";
import { Sink, Successors } from "./successors.ts";

const capacity = 64;

/** Takes in what each worker has found, as several threads would, one after the other. Returns how many were left. */
function takeInTogether(store: StateStore, found: readonly (readonly number[])[]): number {
  const workers = found.length;
  const { words } = store;
  const memory = new SharedArrayBuffer(Successors.bytes(words, workers, capacity));
  const successors = new Successors(memory, words, workers, capacity);
  const exchange = compileExchange(words);
  const routed = found.map((states, worker) => {
    const sink = new Sink(successors, worker);
    states.forEach((state, at) => sink.add(wordsOf(state, words), worker * 100 + at, at));
    const counts = new Int32Array(workers);
    exchange.route(successors, worker, sink.count, counts);
    return counts;
  });
  const fresh = found.map(() => 0);
  const left: number[] = [];
  for (let owner = 0; owner < workers; owner++) {
    const end = partEnd(owner, workers, store.shift);
    for (let worker = 0; worker < workers; worker++) {
      const at = successors.listAt(worker, owner);
      fresh[worker]! += exchange.takeIn(store, successors, at, routed[worker]![owner]!, end);
      left.push(...successors.lists.subarray(at, at + exchange.left));
    }
  }
  for (const successor of left) {
    if (takeInLeft(store, successors, successor)) fresh[Math.floor(successor / capacity)]!++;
  }
  let first = store.count;
  found.forEach((states, worker) => {
    numberFresh(store, successors, worker, states.length, first, () => first++);
  });
  store.count = first;
  return left.length;
}

function wordsOf(state: number, words: number): Int32Array {
  return Int32Array.from({ length: words }, (_, k) => k === 0 ? state : Math.imul(state, k));
}

function largeStore(words: number): StateStore {
  const store = new StateStore(words);
  store.grow(40_000);
  assert(store.table.length >= 65_536);
  return store;
}

function assertSame(store: StateStore, alone: StateStore): void {
  const { words, count } = alone;
  assertEquals(store.count, count);
  assertEquals(store.arena.slice(0, count * words), alone.arena.slice(0, count * words));
  assertEquals(store.parents.slice(0, count), alone.parents.slice(0, count));
  assertEquals(store.moves.slice(0, count), alone.moves.slice(0, count));
  for (let index = 0; index < count; index++) assertEquals(store.find(store.arena, index * words), index);
}

/** The same, by one thread. */
function takeInAlone(store: StateStore, found: readonly (readonly number[])[]): void {
  found.forEach((states, worker) =>
    states.forEach((state, at) => store.add(wordsOf(state, store.words), 0, worker * 100 + at, at))
  );
}

Deno.test("takeIn and numberFresh give the numbers, parents and moves that one thread gives", () => {
  const rounds = fc.integer({ min: 1, max: 4 }).chain((workers) =>
    fc.array(
      fc.array(fc.array(fc.integer({ min: 0, max: 90 }), { maxLength: 40 }), {
        minLength: workers,
        maxLength: workers,
      }),
      { maxLength: 4 },
    )
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3 }), rounds, (words, rounds) => {
      const store = largeStore(words);
      const alone = largeStore(words);
      for (const found of rounds) {
        takeInTogether(store, found);
        takeInAlone(alone, found);
      }
      assertSame(store, alone);
    }),
    { numRuns: 60, seed: 3 },
  );
});

/** States whose slot is one of the last two before the end of the first half, or of the table. */
function statesAtTheEnd(store: StateStore, owner: number): number[] {
  const end = partEnd(owner, 2, store.shift);
  const found: number[] = [];
  for (let state = 0; found.length < 5; state++) {
    if (hashOf(wordsOf(state, 1), 0, 1) >>> store.shift >= end - 2) {
      if (hashOf(wordsOf(state, 1), 0, 1) >>> store.shift < end) found.push(state);
    }
  }
  return found;
}

Deno.test("takeInLeft puts what does not fit into a part behind it, once each", () => {
  for (const owner of [0, 1]) {
    const store = largeStore(1);
    const alone = largeStore(1);
    const states = statesAtTheEnd(store, owner);
    let left = 0;
    for (const found of [[states, states], [[...states, ...states], [7]], [[8], states]]) {
      left += takeInTogether(store, found);
      takeInAlone(alone, found);
    }
    assert(left > 6, `${left} were left`);
    assertSame(store, alone);
  }
});
