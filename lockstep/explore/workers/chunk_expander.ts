/**
 * Expanding chunks of states of a search to which another thread adds states.
 *
 * What a chunk leads to is left as candidates. A chunk in which anything but plain steps is met (a finding, a reason
 * for a cut, something that is seen for the first time) is reported as such, and who takes in what chunks have found
 * expands it anew, by itself.
 *
 * @module
 */
import type { AnyCommand, AnyMachine } from "../../machine.ts";
import type { Board } from "./board.ts";
import { Candidates } from "./candidates.ts";
import { chunkLimits, type Chunks } from "./chunks.ts";
import type { TreeSnapshot } from "../learn/decision_tree.ts";
import type { ExploreOptions } from "../exploration.ts";
import { Search, type SearchParts } from "../search.ts";
import type { StoreView } from "../state_store.ts";

/** States between which the search looks whether it has learnt enough to make code. */
const batch = 256;

/** What threads have in common, and what one has of its own. */
export interface ExpanderParts {
  readonly worker: number;
  readonly board: Board;
  readonly chunks: Chunks;
  /** Whether all edges are wanted; then a chunk with a step that leads nowhere is not plain. */
  readonly keepsEdges: boolean;
  readonly taught?: SearchParts["taught"];
  /** Hears each reason for a cut when it is met first. They are numbered in that order. */
  onReason(reason: string): void;
}

/** One thread's expander. */
export class ChunkExpander {
  readonly #search: Search<unknown, AnyCommand, unknown, unknown, unknown>;
  readonly #parts: ExpanderParts;
  readonly #candidates: Candidates;
  #reasons = 0;

  constructor(machine: AnyMachine, options: ExploreOptions, parts: ExpanderParts) {
    const { leadsTo: _leadsTo, ...rest } = machine;
    const { board, chunks, taught } = parts;
    const moves = machine.commands.length + Object.keys(machine.internal ?? {}).length;
    let made: Candidates | undefined;
    this.#search = new Search({ ...rest, starts: [] } as AnyMachine, options, undefined, false, {
      taught,
      candidates: (store) => made = new Candidates(store, board, chunks.slots[0]!, moves),
    });
    this.#candidates = made!;
    this.#parts = parts;
    this.#search.begin();
  }

  /** Sees the states of a store from now on, and knows what another thread has learnt. */
  mirror(view: StoreView, learnt?: TreeSnapshot): void {
    if (learnt !== undefined) this.#search.learning.expander?.tree.restore(learnt);
    this.#search.store.mirror(view);
  }

  /** Expands a claimed chunk and delivers it. */
  expand(number: number): void {
    const { board, chunks, worker } = this.#parts;
    const search = this.#search;
    const candidates = this.#candidates;
    const chunk = chunks.slots[number % board.slots]!;
    candidates.begin(chunk);
    const { transitions } = search;
    const plain = this.#run(board.from(number), board.to(number));
    if (plain) this.#count(chunk.taken, chunk.cuts);
    const { count, edges } = candidates;
    board.deliver(number, worker, {
      plain,
      transitions: search.transitions - transitions,
      candidates: count,
      edges,
    });
  }

  /** @returns whether all went plainly. */
  #run(from: number, to: number): boolean {
    const search = this.#search;
    const { notes, lost } = search;
    const { news } = notes;
    search.taken.fill(0);
    // Reasons stay known.
    for (const reason of search.cuts.keys()) search.cuts.set(reason, 0);
    let failed = false;
    try {
      for (let index = from; index < to && notes.news === news && !this.#candidates.isOverfull;) {
        index = search.expandRange(index, Math.min(to, index + batch));
      }
    } catch {
      // Whoever does the chunk anew will meet it again.
      failed = true;
    }
    search.stoppedBy = undefined;
    this.#tellReasons();
    const isWhole = !this.#candidates.isOverfull && !(this.#parts.keepsEdges && search.lost > lost);
    return !failed && notes.news === news && isWhole && search.cuts.size <= chunkLimits.reasons;
  }

  #tellReasons(): void {
    const { cuts } = this.#search;
    if (cuts.size === this.#reasons) return;
    for (const reason of [...cuts.keys()].slice(this.#reasons)) this.#parts.onReason(reason);
    this.#reasons = cuts.size;
  }

  #count(taken: Int32Array, cuts: Int32Array): void {
    taken.set(this.#search.taken);
    cuts.fill(0);
    let at = 0;
    for (const count of this.#search.cuts.values()) cuts[at++] = count;
  }
}
