/**
 * Shrinking with a map: the walked machine says which other commands lead to the states of the case, in fewer steps.
 *
 * @module
 */
import type { AnyCommand, AnyMachine } from "../../machine.ts";
import { type Remembered, statesAlong } from "../repair.ts";
import { type ShortestWays, shortestWaysOf } from "../shortest_ways.ts";
import type { Candidates, Shrinkable } from "./shrinkable.ts";

/** The passes that know the way. */
export class Shortcuts {
  readonly #machine: AnyMachine;
  readonly #maximumTicks: number;
  #ways: ShortestWays | undefined;

  constructor(machine: AnyMachine, maximumTicks: number) {
    this.#machine = machine;
    this.#maximumTicks = maximumTicks;
  }

  /** The map, drawn when it is first asked for and as far as somebody asks. */
  get ways(): ShortestWays {
    return this.#ways ??= shortestWaysOf(this.#machine, this.#maximumTicks);
  }

  /** Contract: takes out what leads the machine back to a state it was in. All such detours, then the longest. */
  *withoutLoops(failing: Shrinkable): Candidates {
    const { start, commands } = failing;
    if (commands.length < 4) return;
    const states = this.#states(failing);
    const last = new Map(states.map((state, index) => [state, index]));
    const direct: Remembered[] = [];
    let longest = { from: 0, until: 0 };
    for (let index = 0; index < commands.length; index++) {
      const until = index < states.length ? last.get(states[index]!)! : index;
      if (until - index > longest.until - longest.from) longest = { from: index, until };
      index = until;
      direct.push(commands[index]!);
    }
    if (longest.until === longest.from) return;
    yield { start, commands: direct };
    yield { start, commands: [...commands.slice(0, longest.from), ...commands.slice(longest.until)] };
  }

  /**
   * Contract: replaces the first commands by the machine's shortest way to the state that they lead to, over all
   * starts; the one that saves most first, then every second one of those that save less.
   */
  *shortest(failing: Shrinkable): Candidates {
    const { commands } = failing;
    const states = this.#states(failing);
    const ways: { saved: number; start: unknown; commands: readonly Remembered[] }[] = [];
    for (let from = states.length - 1; from > 0; from--) {
      const way = this.ways.to(states[from]!, from);
      if (way === undefined) continue;
      const first = way.commands.map((command: AnyCommand): Remembered => ({ command }));
      ways.push({
        saved: from - first.length,
        start: way.start,
        commands: [...first, ...commands.slice(from)],
      });
    }
    ways.sort((one, other) => other.saved - one.saved);
    for (let index = 0; index < ways.length; index = 2 * index + 1) {
      const { start, commands } = ways[index]!;
      yield { start, commands };
    }
  }

  /** The states along a case. The last command shows the failure: a detour may end before it, never after it. */
  #states({ start, commands }: Shrinkable): string[] {
    return statesAlong(this.#machine, start, commands, this.#maximumTicks).slice(0, commands.length);
  }
}
