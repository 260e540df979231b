import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Board } from "./board.ts";
import { Candidates } from "./candidates.ts";
import { chunkLimits, Chunks } from "./chunks.ts";
import { type Commit, compileCommit } from "./commit.ts";
import { StateStore } from "../state_store.ts";

const wordsOf = (state: number, words: number): Int32Array =>
  Int32Array.from({ length: words }, (_, k) => k === 0 ? state : Math.imul(state, k));

function makeRoom(store: StateStore, states: number): void {
  while (store.count + states > store.fullAt) store.grow();
}

/** One chunk at a time through candidates and into the store, as several threads would, one after the other. */
class Pipeline {
  readonly store: StateStore;
  readonly #board: Board;
  readonly #chunks: Chunks;
  readonly #candidates: Candidates;
  readonly #commit: Commit;
  readonly numbers: Int32Array = new Int32Array(chunkLimits.candidates);

  constructor(words: number, slots: number, keepsEdges: boolean) {
    const shape = { words, moves: 1, keepsEdges, slots };
    this.store = new StateStore(words);
    this.#commit = compileCommit(words);
    this.#board = new Board(new SharedArrayBuffer(Board.bytes(slots)), slots);
    this.#chunks = new Chunks(new SharedArrayBuffer(Chunks.bytes(shape)), shape);
    this.#candidates = new Candidates(this.store, this.#board, this.#chunks.slots[0]!, 1);
  }

  /** What the `at`-th chunk finds while only `visible` states may be looked at. */
  seek(at: number, found: readonly number[], visible: number): { count: number; edges: number } {
    this.#board.visible = visible;
    this.#candidates.begin(this.#chunks.slots[at]!);
    found.forEach((state, i) => this.#candidates.add(wordsOf(state, this.store.words), at * 100 + i, i));
    return { count: this.#candidates.count, edges: this.#candidates.edges };
  }

  /** Takes in a chunk; returns what its transitions lead to. */
  takeIn(at: number, { count, edges }: { count: number; edges: number }): number[] {
    const chunk = this.#chunks.slots[at]!;
    makeRoom(this.store, count);
    this.#commit(this.store, chunk, count, this.numbers);
    return Array.from(
      chunk.edgeTargets.subarray(0, edges),
      (target) => target < 0 ? this.numbers[-1 - target]! : target,
    );
  }
}

Deno.test("Candidates and compileCommit give the numbers, parents and moves of adding one state after the other", () => {
  const found = fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 40 });
  const rounds = fc.array(fc.array(found, { minLength: 1, maxLength: 4 }), { maxLength: 5 });
  let overlooked = 0;
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3 }), rounds, fc.boolean(), (words, rounds, keepsEdges) => {
      const pipeline = new Pipeline(words, 4, keepsEdges);
      const { store } = pipeline;
      const alone = new StateStore(words);
      for (const chunks of rounds) {
        // All chunks of a round look at the states of before, the later ones at fewer still.
        const before = store.count;
        const sought = chunks.map((found, at) => pipeline.seek(at, found, Math.max(0, before - 7 * at)));
        chunks.forEach((found, at) => {
          const before = store.count;
          const targets = pipeline.takeIn(at, sought[at]!);
          overlooked += sought[at]!.count - (store.count - before);
          const expected = found.map((state, i) => {
            makeRoom(alone, 1);
            const index = alone.add(wordsOf(state, words), 0, at * 100 + i, i);
            return index < 0 ? -1 - index : index;
          });
          assertEquals(targets, keepsEdges ? expected : []);
        });
      }
      const { count } = alone;
      assertEquals(store.count, count);
      assertEquals(store.arena.slice(0, count * words), alone.arena.slice(0, count * words));
      assertEquals(store.parents.slice(0, count), alone.parents.slice(0, count));
      assertEquals(store.moves.slice(0, count), alone.moves.slice(0, count));
      for (let index = 0; index < count; index++) assertEquals(store.find(store.arena, index * words), index);
    }),
    { numRuns: 300, seed: 3 },
  );
  assert(overlooked > 500, `${overlooked} states were known when they were taken in, but not before`);
});

Deno.test("Candidates says when there are more than fit", () => {
  const pipeline = new Pipeline(1, 1, false);
  const many = Array.from({ length: chunkLimits.candidates + 5 }, (_, at) => at);
  assertEquals(pipeline.seek(0, many, 0).count, chunkLimits.candidates);
  const board = new Board(new SharedArrayBuffer(Board.bytes(1)), 1);
  const shape = { words: 1, moves: 1, keepsEdges: true, slots: 1 };
  const chunks = new Chunks(new SharedArrayBuffer(Chunks.bytes(shape)), shape);
  const candidates = new Candidates(new StateStore(1), board, chunks.slots[0]!, 1);
  const add = (times: number): void => {
    candidates.begin(chunks.slots[0]!);
    for (let at = 0; at < times; at++) candidates.add(Int32Array.of(5), 0, 0);
  };
  add(chunkLimits.edges);
  assertEquals([candidates.isOverfull, candidates.count], [false, 1]);
  add(chunkLimits.edges + 1);
  assertEquals([candidates.isOverfull, candidates.count], [true, 1]);
});

Deno.test("Candidates forgets the candidates of other chunks, however many there were", () => {
  const board = new Board(new SharedArrayBuffer(Board.bytes(1)), 1);
  const shape = { words: 1, moves: 1, keepsEdges: false, slots: 1 };
  const chunks = new Chunks(new SharedArrayBuffer(Chunks.bytes(shape)), shape);
  const candidates = new Candidates(new StateStore(1), board, chunks.slots[0]!, 1);
  for (let chunk = 0; chunk < 2 ** 19 + 3; chunk++) {
    candidates.begin(chunks.slots[0]!);
    assert(candidates.add(Int32Array.of(5), 0, 0));
  }
  assertEquals(candidates.add(Int32Array.of(5), 0, 0), false);
});
