/**
 * Expanding states without running their steps: decisions learnt from watched runs, as generated code.
 *
 * It does exactly what running every step does, in the same order, so that numbers, traces and verdicts are the
 * same. Moves whose behaviour can not be learnt are run. Now and then a state is expanded in both ways, so
 * that a machine whose steps depend on more than the state is found out.
 *
 * @module
 */
import type { AnyCommand, World } from "../../machine.ts";
import { DecisionTree, plain } from "./decision_tree.ts";
import { compileLoop, type ExpandingLoop, type LoopShared } from "./expanding_loop.ts";
import { Recorder } from "./recorder.ts";
import type { Search } from "../search.ts";
import { gatherRoom } from "./successor_code.ts";
import { type Generate, maximumCodeNodes, TreeCode } from "./tree_code.ts";

/** States after which code is made. */
const codeAfter = 1024;

/** Watching a run costs about as much as this many lookups save. */
const missCost = 8;
/** Misses that every move has for free. */
const freeMisses = 256;

/** Stands for code where there is none. */
const walkOnly: Generate = (_arena, _at, _found, _by, n) => n;

/** Alternatives of a move up to which what is known of it is compared with what it does. */
const maximumVerified = 1024;

/** Expands states of one search. */
export class FastExpander<State, Command extends AnyCommand, Reply, Start, View> {
  readonly #search: Search<State, Command, Reply, Start, View>;
  readonly #recorder: Recorder<State>;
  readonly #tree: DecisionTree;
  readonly #taught: FastExpander<State, Command, Reply, Start, View> | undefined;
  readonly #shared: LoopShared;
  readonly #loop: ExpandingLoop;
  readonly #misses: Uint32Array;
  readonly #verified: Int32Array;
  readonly #after: Int32Array;
  /** While a state is verified: a copy of it, and whether no step has changed it yet. */
  #state: State | undefined;
  #isFresh = false;
  #givenUp = 0;
  #expanded = 0;
  #learntAt = 0;
  #generatedFor = 0;
  #codeNodes = 0;

  /** @param taught Another expander of the same machine in this thread: what either learns both know, and its code. */
  constructor(
    search: Search<State, Command, Reply, Start, View>,
    taught?: FastExpander<State, Command, Reply, Start, View>,
  ) {
    this.#search = search;
    this.#recorder = new Recorder(search.codec, search.choices);
    this.#taught = taught;
    this.#tree = taught ? taught.#tree : new DecisionTree(search.codec.words, search.moves.count);
    this.#verified = new Int32Array(maximumVerified * search.codec.words);
    this.#after = new Int32Array(search.codec.words);
    this.#misses = new Uint32Array(search.moves.count);
    const { nodes, effects, roots } = this.#tree;
    this.#shared = taught ? taught.#shared : {
      nodes,
      effects,
      roots,
      generate: walkOnly,
      stop: 0,
      branch: (place, arena, at, found, by, n, move) => {
        const more = this.#tree.successors(place, arena, at, found, n, gatherRoom);
        for (let k = n; k < more; k++) by[k] = move;
        return more;
      },
      transitions: 0,
    };
    this.#loop = compileLoop(search.codec.words, search.moves.count, {
      shared: this.#shared,
      search,
      store: search.store,
      taken: search.taken,
      edges: search.edges,
      candidates: search.candidates,
      slow: (index: number, move: number) => this.#slow(index, move),
      verify: (index: number) => this.#verify(index),
    });
  }

  /** Whether a search can be expanded in this way: nothing needs to see the steps themselves. */
  static suits(search: Search<never, never, never, never, never>): boolean {
    const root = search.codec.placement.root.kind;
    return search.observer === undefined && search.codec.words <= 32 &&
      (root === "object" || root === "list");
  }

  /** Expands states up to `to`, or fewer; returns the first one that is not expanded. */
  expand(from: number, to: number): number {
    (this.#taught ?? this).#regenerate();
    this.#shared.nodes = this.#tree.nodes;
    this.#shared.effects = this.#tree.effects;
    const reached = this.#loop(from, to);
    this.#expanded += reached - from;
    return reached;
  }

  /** Gives back what another search can use. */
  release(): void {
    this.#recorder.release();
  }

  /** What was learnt. */
  get tree(): DecisionTree {
    return this.#tree;
  }

  /** Transitions since the last call. */
  takeTransitions(): number {
    const { transitions } = this.#shared;
    this.#shared.transitions = 0;
    return transitions;
  }

  /** Code is made from the trees once they have stopped growing for a while, and anew when they have grown much. */
  #regenerate(): void {
    const size = this.#tree.size;
    const grew = size !== this.#learntAt;
    this.#learntAt = size;
    if (
      grew || this.#codeNodes === Infinity || size < this.#generatedFor * 1.25 || this.#expanded < codeAfter
    ) return;
    this.#generatedFor = size;
    const code = new TreeCode(this.#tree);
    if (code.nodeCount > maximumCodeNodes) {
      this.#codeNodes = Infinity;
      this.#shared.generate = walkOnly;
      return;
    }
    // New code starts cold: it must be worth that.
    if (code.nodeCount < this.#codeNodes * 1.25) return;
    this.#codeNodes = code.nodeCount;
    this.#shared.generate = code.compile(this.#shared);
  }

  /** Deals with a move that the trees do not know in this state. */
  #slow(index: number, move: number): boolean {
    this.#teach(index, move);
    return this.#search.expandMove(index, move);
  }

  #giveUp(move: number): void {
    this.#tree.giveUp(move);
    this.#givenUp++;
  }

  /** Whether looking up pays: most moves could be learnt. */
  get isWorthwhile(): boolean {
    return this.#givenUp * 2 <= this.#search.moves.count;
  }

  #teach(index: number, move: number): void {
    const search = this.#search;
    const tree = this.#tree;
    if (tree.roots[move] === plain) return;
    // Every move was looked up once in every state so far, give or take those of one call.
    const misses = ++this.#misses[move]!;
    // Those found and not yet expanded are looked up, too.
    const waiting = (search.candidates?.known ?? search.store.count) - index;
    if ((misses - freeMisses) * missCost > this.#expanded + waiting) {
      this.#giveUp(move);
      return;
    }
    const { choices, store } = search;
    const run = (state: State, world: World<never>): unknown => this.#run(move, state, world);
    const at = index * store.words;
    choices.reset();
    do {
      choices.rewind();
      if (tree.knows(move, store.arena, at, choices)) continue;
      if (!tree.learn(move, this.#recorder.record(store.arena, at, run))) {
        this.#giveUp(move);
        search.impure(index, move);
        break;
      }
    } while (choices.advance());
    this.#shared.nodes = tree.nodes;
    this.#shared.effects = tree.effects;
  }

  /** Runs the steps of a state and compares them with what the trees say. */
  #verify(index: number): void {
    const { moves, store } = this.#search;
    const { roots, words } = this.#tree;
    const found = this.#verified;
    this.#isFresh = false;
    for (let move = 0; move < moves.count; move++) {
      const at = index * words;
      const count = this.#tree.successors(roots[move]!, store.arena, at, found, 0, maximumVerified);
      if (count >= 0 && !this.#areSuccessors(index, move, found, count)) this.#search.impure(index, move);
    }
  }

  /** Whether running a move gives exactly these successors, in this order. */
  #areSuccessors(index: number, move: number, found: Int32Array, count: number): boolean {
    const { codec, choices, store } = this.#search;
    const { words } = this.#tree;
    const after = this.#after;
    let nth = 0;
    choices.reset();
    do {
      choices.rewind();
      if (!this.#isFresh) this.#state = codec.unpack(store.arena, index * words);
      const state = this.#state!;
      this.#isFresh = false;
      try {
        if (this.#run(move, state, choices) === undefined) {
          // A refusal without a choice leaves the state as it was.
          this.#isFresh = !choices.chosen;
          continue;
        }
      } catch {
        return false;
      }
      codec.pack(state, after, 0);
      for (let k = 0; k < words; k++) if (after[k] !== found[nth * words + k]) return false;
      if (++nth > count) return false;
    } while (choices.advance());
    return nth === count;
  }

  /** Runs a move, and brings what it leads to into its normal form. */
  #run(move: number, state: State, world: World<never>): unknown {
    const { machine, moves, canonical } = this.#search;
    const command = moves.command(move);
    const answer = command === undefined
      ? machine.internal![moves.internalName(move)!]!.move(state, world)
      : machine.step(state, command, world as World<Reply>);
    if (answer !== undefined) canonical?.(state);
    return answer;
  }
}
