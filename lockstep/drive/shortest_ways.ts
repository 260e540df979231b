/**
 * Shortest ways of a machine to its states, found on the machine alone.
 *
 * @module
 */
import type { AnyCommand, AnyMachine, World } from "../machine.ts";
import { Choices, Cut, Hung } from "../explore/choices.ts";
import { copy, keyOf } from "./plain.ts";

/** A beginning of a case. */
export interface Way {
  readonly start: unknown;
  readonly commands: readonly AnyCommand[];
}

interface Place {
  readonly state: unknown;
  readonly from: Place | undefined;
  /** The start for a place without `from`, else the command that led here. */
  readonly by: unknown;
  readonly length: number;
}

/** A breadth-first search from all starts of a machine that goes on as far as somebody asks, within a budget. */
export class ShortestWays {
  readonly #machine: AnyMachine;
  readonly #choices: Choices;
  readonly #places: Map<string, Place> = new Map();
  readonly #queue: Place[] = [];
  #at = 0;
  #stepsLeft: number;

  /** @param steps of the machine that the whole search may take. */
  constructor(machine: AnyMachine, maximumTicks: number, steps: number) {
    this.#machine = machine;
    this.#choices = new Choices(maximumTicks);
    this.#stepsLeft = steps;
    for (const start of machine.starts as readonly unknown[]) {
      this.#alternatives(() => machine.initial(start, this.#choices as World<unknown>), (state) => {
        this.#arrive({ state, from: undefined, by: start, length: 0 });
      });
    }
  }

  /** A way to a state, given as {@link keyOf} it, that is shorter than `below`; `undefined` when none is known. */
  to(state: string, below: number): Way | undefined {
    while (!this.#places.has(state) && this.#stepsLeft > 0 && this.#at < this.#queue.length) {
      const next = this.#queue[this.#at]!;
      if (next.length + 1 >= below) break;
      this.#at++;
      this.#expand(next);
    }
    let place = this.#places.get(state);
    if (place === undefined || place.length >= below) return undefined;
    const commands: AnyCommand[] = [];
    while (place.from !== undefined) {
      commands.push(place.by as AnyCommand);
      place = place.from;
    }
    return { start: place.by, commands: commands.reverse() };
  }

  #expand(from: Place): void {
    for (const command of this.#machine.commands as readonly AnyCommand[]) {
      this.#alternatives(() => {
        this.#stepsLeft--;
        const state = copy(from.state);
        const reply: unknown = this.#machine.step(state, command, this.#choices as World<unknown>);
        return reply === undefined ? undefined : state;
      }, (state) => this.#arrive({ state, from, by: command, length: from.length + 1 }));
    }
  }

  #alternatives(make: () => unknown, arrive: (state: unknown) => void): void {
    this.#choices.reset();
    try {
      do {
        this.#choices.rewind();
        const state = this.#made(make);
        if (state !== undefined) arrive(state);
      } while (this.#choices.advance());
    } catch {
      // A machine that throws is the business of whoever drives it: here it only leads nowhere.
    }
  }

  #made(make: () => unknown): unknown {
    try {
      return make();
    } catch (error) {
      if (error instanceof Cut || error instanceof Hung) return undefined;
      throw error;
    }
  }

  #arrive(place: Place): void {
    const key = keyOf(place.state);
    if (this.#places.has(key)) return;
    this.#places.set(key, place);
    this.#queue.push(place);
  }
}

/** Steps of the machine that looking for shortest ways may take: tenths of a second, once for a machine. */
const stepsOfTheMap = 20_000;

const maps = new WeakMap<AnyMachine, Map<number, ShortestWays>>();

/**
 * The shortest ways of a machine, searched once however often its failures are shrunk. What is known of them depends
 * on the budget only, never on what was asked before: the search goes on in one order.
 */
export function shortestWaysOf(machine: AnyMachine, maximumTicks: number): ShortestWays {
  const ofMachine = maps.get(machine) ?? new Map<number, ShortestWays>();
  maps.set(machine, ofMachine);
  const ways = ofMachine.get(maximumTicks) ?? new ShortestWays(machine, maximumTicks, stepsOfTheMap);
  ofMachine.set(maximumTicks, ways);
  return ways;
}
