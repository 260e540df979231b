/**
 * The weakest declaration of independence that is true of a machine, derived from its whole state graph.
 *
 * For cross-checking the reduction: with it, any machine small enough to be searched in full can be searched in
 * reduced form too. It is no way to save time.
 *
 * @module
 */
import type { AnyCommand, DeepReadonly, Independence, Invariant, Machine } from "../../machine.ts";
import { Search } from "../search.ts";

/** Commands are bits of a word. */
const maximumCommands = 32;

/** Per command and state: a set of commands. */
type Sets = readonly Uint32Array[];

/**
 * Searches a machine in full and derives what of its commands does not matter.
 *
 * @throws {RangeError} for more than 32 commands, for internal moves, or when the search has not seen everything.
 */
export function derivedIndependence<State, Command extends AnyCommand, Reply, Start, View>(
  machine: Machine<State, Command, Reply, Start, View>,
): Independence<State, Command> {
  const search = new Search(machine, { symmetry: false }, undefined, true);
  for (const _ of search.run());
  const { store, codec } = search;
  const refuse = (why: string): never => {
    throw new RangeError(`Cannot derive the independence of ${machine.name}: ${why}`);
  };
  if (machine.commands.length > maximumCommands) refuse(`more than ${maximumCommands} commands`);
  if (machine.internal !== undefined) refuse("it has internal moves");
  if (search.stoppedBy !== undefined || search.cuts.size > 0) refuse("it was not searched in full");
  const graph = new Graph(machine.commands.length, store.count, search.edges!.columns);
  const labels = Array.from(
    { length: store.count },
    (_, index) => labelOf(machine, codec.unpack(store.arena, index * store.words) as DeepReadonly<State>),
  );
  const dependent = graph.dependent();
  const visible = graph.visible(labels);
  const unlocking = graph.unlocking();
  const bits = new Map(machine.commands.map((command, bit) => [command, bit]));
  const bitOf = (command: Command): number => bits.get(command)!;
  const packed = new Int32Array(store.words);
  const indexOf = (state: DeepReadonly<State>): number => {
    codec.pack(state as State, packed, 0);
    return store.find(packed, 0);
  };
  return {
    independent: (state, first, second) =>
      (dependent[bitOf(first)]![indexOf(state)]! >>> bitOf(second) & 1) === 0,
    visible: (state, command) => visible[bitOf(command)]![indexOf(state)] === 1,
    unlocks: (state, command, blocked) =>
      (unlocking[bitOf(blocked)]![indexOf(state)]! >>> bitOf(command) & 1) === 1,
  };
}

function labelOf<State, Command extends AnyCommand, Reply, Start, View>(
  machine: Machine<State, Command, Reply, Start, View>,
  state: DeepReadonly<State>,
): string {
  const said = (promise: Invariant<State>): unknown =>
    typeof promise === "function" ? promise(state) : promise.when(state) && [promise.then(state)];
  const ended = machine.done?.(state) ?? false;
  const promises = [...Object.values(machine.always), ...Object.values(machine.sometimes)];
  return JSON.stringify([promises.map(said), ended, ended ? machine.outcome?.(state) ?? null : null]);
}

interface Columns {
  readonly offsets: Uint32Array;
  readonly targets: Uint32Array;
  readonly moves: Uint16Array;
}

/** The state graph; the alternatives of a command are told apart by their order. */
class Graph {
  readonly #commands: number;
  readonly #states: number;
  readonly #columns: Columns;
  /** Per state: the commands that are possible. */
  readonly #possible: Uint32Array;

  constructor(commands: number, states: number, columns: Columns) {
    this.#commands = commands;
    this.#states = states;
    this.#columns = columns;
    const { offsets, moves } = columns;
    this.#possible = new Uint32Array(states);
    for (let state = 0; state < states; state++) {
      for (let at = offsets[state]!; at < offsets[state + 1]!; at++) {
        this.#possible[state]! |= 1 << moves[at]!;
      }
    }
  }

  /** Per command and state: with which commands the order matters, now or later. */
  dependent(): Sets {
    return this.#sets((first, sets) => {
      for (let state = 0; state < this.#states; state++) {
        if (!this.#can(state, first)) continue;
        for (let second = 0; second < this.#commands; second++) {
          if (second !== first && this.#can(state, second) && !this.#commute(state, first, second)) {
            sets[state]! |= 1 << second;
          }
        }
      }
      this.#spread(first, true, sets, (state, taken) => (sets[state]! >>> taken & 1) === 0);
    });
  }

  /** Per command and state: whether taking it now or later changes a label. */
  visible(labels: readonly string[]): Sets {
    const dependent = this.dependent();
    return this.#sets((command, marks) => {
      for (let state = 0; state < this.#states; state++) {
        if (this.#after(state, command).some((after) => labels[after] !== labels[state])) marks[state] = 1;
      }
      this.#spread(
        command,
        true,
        marks,
        (state, taken) => (dependent[command]![state]! >>> taken & 1) === 0,
      );
    });
  }

  /** Per command and state in which it is not possible: one of which commands must be taken before it is. */
  unlocking(): Sets {
    return this.#sets((blocked, sets) => {
      const { offsets, targets, moves } = this.#columns;
      for (let state = 0; state < this.#states; state++) {
        if (this.#can(state, blocked)) continue;
        for (let at = offsets[state]!; at < offsets[state + 1]!; at++) {
          if (this.#can(targets[at]!, blocked)) sets[state]! |= 1 << moves[at]!;
        }
      }
      this.#spread(blocked, false, sets, (state, taken) => (sets[state]! >>> taken & 1) === 0);
    });
  }

  #sets(fill: (command: number, sets: Uint32Array) => void): Sets {
    return Array.from({ length: this.#commands }, (_, command) => {
      const sets = new Uint32Array(this.#states);
      fill(command, sets);
      return sets;
    });
  }

  /** What holds after a step that does not count already held before, where `command` stays as possible as it is. */
  #spread(
    command: number,
    possible: boolean,
    sets: Uint32Array,
    counts: (state: number, taken: number) => boolean,
  ): void {
    const { offsets, targets, moves } = this.#columns;
    const applies = Array.from(
      { length: this.#states },
      (_, state) => this.#can(state, command) === possible,
    );
    for (let changed = true; changed;) {
      changed = false;
      for (let state = this.#states - 1; state >= 0; state--) {
        if (!applies[state]) continue;
        for (let at = offsets[state]!; at < offsets[state + 1]!; at++) {
          const taken = moves[at]!;
          const later = sets[targets[at]!]!;
          if (taken === command || !applies[targets[at]!] || !counts(state, taken)) continue;
          if ((later & ~sets[state]!) === 0) continue;
          sets[state]! |= later;
          changed = true;
        }
      }
    }
  }

  #can(state: number, command: number): boolean {
    return (this.#possible[state]! >>> command & 1) === 1;
  }

  #after(state: number, command: number): number[] {
    const { offsets, targets, moves } = this.#columns;
    const found: number[] = [];
    for (let at = offsets[state]!; at < offsets[state + 1]!; at++) {
      if (moves[at] === command) found.push(targets[at]!);
    }
    return found;
  }

  #commute(state: number, first: number, second: number): boolean {
    const firsts = this.#after(state, first);
    return this.#after(state, second).every((after, way) => {
      const there = this.#after(after, first);
      return there.length === firsts.length &&
        firsts.every((target, at) => this.#after(target, second)[way] === there[at]);
    });
  }
}
