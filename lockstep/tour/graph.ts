/**
 * The graph that is toured: every state of a scope, and for every command that is possible there where it may lead.
 *
 * @module
 */
import type { AnyCommand, AnyMachine, World } from "../machine.ts";
import { Choices, Cut, Hung } from "../explore/choices.ts";
import { type Codec, compileCodec } from "../explore/codec/codec.ts";
import { StateStore } from "../explore/state_store.ts";

/** A list of numbers that grows. */
class Numbers {
  values: Int32Array = new Int32Array(1 << 12);
  count = 0;

  push(value: number): void {
    if (this.count === this.values.length) {
      const grown = new Int32Array(this.values.length * 2);
      grown.set(this.values);
      this.values = grown;
    }
    this.values[this.count++] = value;
  }
}

/** How far the graph is built. */
export interface GraphLimits {
  readonly maximumStates: number;
  readonly maximumTicks: number;
  /** Point of time on the clock of `performance.now()` at which building ends. */
  readonly until: number;
}

/**
 * States numbered breadth-first, so that a smaller number is never farther from a start; pairs of a state and a
 * command, numbered state by state; edges from a pair to the states it may lead to, numbered pair by pair.
 */
export class TourGraph {
  readonly machine: AnyMachine;
  readonly #codec: Codec<unknown>;
  readonly #store: StateStore;
  readonly #scratch: Int32Array;
  /** States whose pairs are known: all of them, or those that the limits allowed. */
  expanded = 0;
  /** Why the graph is not complete. */
  stoppedBy: string | undefined;
  readonly #pairStart: Numbers = new Numbers();
  readonly #pairCommand: Numbers = new Numbers();
  readonly #edgeStart: Numbers = new Numbers();
  readonly #edgeTarget: Numbers = new Numbers();
  readonly #depth: Numbers = new Numbers();
  /** Number of the start that each initial state belongs to, and the initial states. */
  readonly initial: { readonly start: unknown; readonly state: number }[] = [];

  /**
   * @throws {RangeError} for a machine with moves that nobody commands: no tour can cover where they lead.
   * @throws {TypeError} when the states of the machine can not be packed.
   */
  constructor(machine: AnyMachine, limits: GraphLimits) {
    const [move] = Object.keys(machine.internal ?? {});
    if (move !== undefined) {
      throw new RangeError(`Cannot tour ${machine.name}: nobody commands the move ${move}`);
    }
    this.machine = machine;
    this.#codec = compileCodec(machine.schema.state);
    this.#store = new StateStore(this.#codec.words);
    this.#scratch = new Int32Array(this.#codec.words);
    this.#build(limits);
  }

  /** Number of pairs of a state and a command. */
  get pairs(): number {
    return this.#pairCommand.count;
  }

  /** Number of states that are known, expanded or not. */
  get states(): number {
    return this.#store.count;
  }

  get edges(): number {
    return this.#edgeTarget.count;
  }

  /** First pair of a state; the pairs of state `s` end where those of `s + 1` begin. */
  pairsFrom(state: number): number {
    return state < this.expanded ? this.#pairStart.values[state]! : this.pairs;
  }

  command(pair: number): AnyCommand {
    return (this.machine.commands as readonly AnyCommand[])[this.#pairCommand.values[pair]!]!;
  }

  /** First edge of a pair; the edges of pair `p` end where those of `p + 1` begin. */
  edgesFrom(pair: number): number {
    return pair < this.pairs ? this.#edgeStart.values[pair]! : this.edges;
  }

  /** The state that an edge leads to. */
  target(edge: number): number {
    return this.#edgeTarget.values[edge]!;
  }

  /** Distance of a state from the nearest start, in commands. */
  depth(state: number): number {
    return this.#depth.values[state]!;
  }

  /** The state that `state` was first reached from; itself for an initial state. */
  parent(state: number): number {
    return this.#store.parents[state]!;
  }

  /** The edge by which a state that is not initial was reached first. */
  arrival(state: number): { readonly pair: number; readonly edge: number } {
    const parent = this.parent(state);
    for (let pair = this.pairsFrom(parent); pair < this.pairsFrom(parent + 1); pair++) {
      if (this.#pairCommand.values[pair] !== this.#store.moves[state]) continue;
      for (let edge = this.edgesFrom(pair); edge < this.edgesFrom(pair + 1); edge++) {
        if (this.target(edge) === state) return { pair, edge };
      }
    }
    throw new RangeError(`Cannot find how state ${state} is reached: it is initial`);
  }

  /** The number of a state, or -1 when it is not known. */
  find(state: unknown): number {
    return this.#codec.pack(state, this.#scratch, 0) ? this.#store.find(this.#scratch, 0) : -1;
  }

  #build(limits: GraphLimits): void {
    const choices = new Choices(limits.maximumTicks);
    const world = choices as World<unknown>;
    this.machine.starts.forEach((start: unknown, number: number) => {
      choices.reset();
      do {
        choices.rewind();
        const state = this.#arrive(() => this.machine.initial(start, world), -1, number);
        if (state >= 0 && !this.initial.some((known) => known.state === state)) {
          this.initial.push({ start, state });
        }
      } while (choices.advance());
    });
    for (let state = 0; state < this.#store.count && this.stoppedBy === undefined; state++) {
      this.#expand(state, choices);
      this.expanded = state + 1;
      if ((state & 63) === 0 && performance.now() > limits.until) {
        this.stoppedBy = `the time is over after ${this.expanded} states`;
      } else if (this.#store.count > limits.maximumStates) {
        this.stoppedBy = `the scope has more than ${limits.maximumStates} states`;
      }
    }
    if (this.expanded === this.#store.count) this.stoppedBy = undefined;
  }

  #expand(from: number, choices: Choices): void {
    const commands = this.machine.commands as readonly AnyCommand[];
    this.#pairStart.push(this.pairs);
    for (let move = 0; move < commands.length; move++) {
      let known = false;
      choices.reset();
      do {
        choices.rewind();
        const target = this.#arrive(
          () => {
            const state = this.#codec.unpack(this.#store.arena, from * this.#store.words);
            const reply: unknown = this.machine.step(state, commands[move]!, choices as World<unknown>);
            return reply === undefined ? undefined : state;
          },
          from,
          move,
        );
        // Not possible, or beyond the scope: what is cut there is no part of the tour.
        if (target < 0) continue;
        if (!known) {
          known = true;
          this.#pairCommand.push(move);
          this.#edgeStart.push(this.edges);
        }
        if (!this.#hasEdge(target)) this.#edgeTarget.push(target);
      } while (choices.advance());
    }
  }

  #hasEdge(target: number): boolean {
    for (let edge = this.#edgeStart.values[this.pairs - 1]!; edge < this.edges; edge++) {
      if (this.target(edge) === target) return true;
    }
    return false;
  }

  /** Number of the state that was made, -1 when it was not possible, -2 when it is beyond the scope. */
  #arrive(make: () => unknown, parent: number, move: number): number {
    let state: unknown;
    try {
      state = make();
    } catch (error) {
      if (error instanceof Cut || error instanceof Hung) return -2;
      throw error;
    }
    if (state === undefined) return -1;
    if (!this.#codec.pack(state, this.#scratch, 0)) {
      throw new RangeError(
        `Cannot tour ${this.machine.name}: ${this.#codec.explain(state) ?? "a state is outside its schema"}`,
      );
    }
    const store = this.#store;
    const known = store.find(this.#scratch, 0);
    if (known >= 0) return known;
    if (store.count >= store.fullAt) store.grow();
    const index = store.add(this.#scratch, 0, parent < 0 ? store.count : parent, move);
    this.#depth.push(parent < 0 ? 0 : this.depth(parent) + 1);
    return index;
  }
}
