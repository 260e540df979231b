/**
 * Expanding states without running their steps: decisions learnt from watched runs, as generated code.
 *
 * It does exactly what running every step does, in the same order, so that numbers, traces and verdicts are the
 * same. Moves whose behaviour can not be learnt are run. Now and then a state is expanded in both ways, so
 * that a machine whose steps depend on more than the state is found out.
 *
 * @module
 */
import type { AnyCommand, World } from "../machine.ts";
import { DecisionTree, firstEffect, plain, refused, unknown } from "./decision_tree.ts";
import { compileLoop, type ExpandingLoop, type LoopShared } from "./expanding_loop.ts";
import { Recorder } from "./recorder.ts";
import type { Search } from "./search.ts";
import { maximumCodeNodes, TreeCode } from "./tree_code.ts";

/** States after which code is made. */
const codeAfter = 1024;

/** Watching a run costs about as much as this many lookups save. */
const missCost = 50;
/** Misses that every move has for free. */
const freeMisses = 256;

/** Expands states of one search. */
export class FastExpander<State, Command extends AnyCommand, Reply, Start, View> {
  readonly #search: Search<State, Command, Reply, Start, View>;
  readonly #recorder: Recorder<State>;
  readonly #tree: DecisionTree;
  readonly #taught: FastExpander<State, Command, Reply, Start, View> | undefined;
  readonly #shared: LoopShared;
  readonly #loop: ExpandingLoop;
  readonly #misses: Uint32Array;
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
    this.#misses = new Uint32Array(search.moves.count);
    const { nodes, effects, roots } = this.#tree;
    this.#shared = taught ? taught.#shared : {
      nodes,
      effects,
      roots,
      generate: (_arena, _at, _found, _by, n) => n,
      stop: 0,
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
    return search.observer === undefined && search.canonical === undefined && search.codec.words <= 32 &&
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
    if (grew || size < this.#generatedFor * 1.25 || this.#expanded < codeAfter) return;
    this.#generatedFor = size;
    const code = new TreeCode(this.#tree);
    // New code starts cold: it must be worth that.
    if (code.nodeCount < this.#codeNodes * 1.25 || code.nodeCount > maximumCodeNodes) return;
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
    if ((misses - freeMisses) * missCost > this.#expanded) {
      this.#giveUp(move);
      return;
    }
    const { machine, moves, choices, store } = search;
    const command = moves.command(move);
    const run = (state: State, world: World<never>): unknown =>
      command === undefined
        ? machine.internal![moves.internalName(move)!]!.move(state, world)
        : machine.step(state, command, world as World<Reply>);
    choices.reset();
    do {
      const recording = this.#recorder.record(store.arena, index * store.words, run);
      if (!tree.learn(move, recording)) {
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
    const search = this.#search;
    const { store, codec, moves, choices, machine } = search;
    const { nodes, effects, roots } = this.#tree;
    const { words, arena } = store;
    const at = index * words;
    const after = new Int32Array(words);
    for (let move = 0; move < moves.count; move++) {
      let place = roots[move]!;
      while (place > 0 && nodes[place]! >= 0) {
        place = nodes[place + 3 + ((arena[at + nodes[place]!]! >>> nodes[place + 1]!) & nodes[place + 2]!)]!;
      }
      if (place >= unknown || place === plain) continue;
      choices.reset();
      choices.rewind();
      const state = codec.unpack(arena, at);
      const command = moves.command(move);
      let answer: unknown;
      try {
        answer = command === undefined
          ? machine.internal![moves.internalName(move)!]!.move(state, choices)
          : machine.step(state, command, choices as World<Reply>);
      } catch {
        return search.impure(index, move);
      }
      if ((answer === undefined) !== (place === refused)) return search.impure(index, move);
      if (answer === undefined) continue;
      codec.pack(state, after, 0);
      const effect = (firstEffect - place) * 2 * words;
      for (let k = 0; k < words; k++) {
        const expected = (arena[at + k]! & effects[effect + 2 * k]!) | effects[effect + 2 * k + 1]!;
        if (after[k] !== expected) return search.impure(index, move);
      }
    }
  }
}
