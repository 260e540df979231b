/**
 * Shrinking by finding the failure again where it is near: one long walk that never goes far from the starts passes
 * through the ends of many short cases.
 *
 * @module
 */
import type { Random } from "fast-check";
import type { AnyCommand, AnyMachine } from "../../machine.ts";
import { Guess } from "../repair.ts";
import type { ShortestWays, Way } from "../shortest_ways.ts";
import type { Looks } from "./looks.ts";
import type { Candidates, Shrinkable } from "./shrinkable.ts";
import { type Drawer, WalkSource } from "../walk_source.ts";
import type { Lane, WidePasses } from "./wide_search.ts";

/** Commands of a walk at most, those that only look not counted. */
const stepsOfAWalk = 100;
/** How often in a row another command is drawn where one leads too far. */
const redraws = 8;
/** Up to this number of commands, the wide search walks. */
const walksUpTo = 12;
/** Walks before a case is shrunk in other ways, and how short those have to be that they lead to. */
const earlyWalks = 6;
const earlyUpTo = 8;

interface Walked {
  readonly command: AnyCommand;
  /** Of the step that it is, or that it looks at the end of. */
  readonly step: number;
  readonly isLook: boolean;
}

interface LongWalk {
  readonly start: unknown;
  readonly all: readonly Walked[];
  /** For each step, a way to where it begins; absent where none is known that is shorter than the walk itself. */
  readonly ways: readonly (Way | undefined)[];
}

/** The pass that walks near the starts. */
export class LongWalks implements WidePasses {
  readonly #machine: AnyMachine;
  readonly #maximumTicks: number;
  readonly #drawer: Drawer;
  readonly #random: Random;
  readonly #waysOf: () => ShortestWays;
  readonly #looks: Looks | undefined;
  #earlyLeft = earlyWalks;

  /**
   * @param random is drawn from: nobody else may use it at the same time.
   * @param waysOf is asked for when a walk begins, since they are dear.
   */
  constructor(
    machine: AnyMachine,
    maximumTicks: number,
    drawer: Drawer,
    random: Random,
    waysOf: () => ShortestWays,
    looks: Looks | undefined,
  ) {
    this.#machine = machine;
    this.#maximumTicks = maximumTicks;
    this.#drawer = drawer;
    this.#random = random;
    this.#waysOf = waysOf;
    this.#looks = looks;
  }

  /** Contract: finds a short case anew, within a few walks, before the long one that was found is taken to pieces. */
  *early({ commands: { length } }: Shrinkable): Candidates {
    if (length < earlyUpTo - 1) return;
    for (; this.#earlyLeft > 0; this.#earlyLeft--) yield* this.#again(Math.min(earlyUpTo, length - 1));
  }

  wide({ commands: { length } }: Shrinkable): readonly Lane[] {
    if (length < 3 || length > walksUpTo) return [];
    return [{ name: "long walks", turns: 10, anyAnswer: true, candidates: this.#walks(length) }];
  }

  *#walks(length: number): Candidates {
    for (let left = 2 * length * length; left > 0; left--) yield* this.#again(length - 1);
  }

  /**
   * Contract: walks as when the failure was found, looking after every command. Where that fails, the case is the
   * shortest way to a state of the walk, then what followed there: as much of it as `most` commands have room for.
   */
  *#again(most: number): Candidates {
    const { start, all, ways } = this.#walk(most - 1);
    const executed = yield { start, commands: all.map(({ command }) => ({ command })) };
    const last = all[(executed ?? 0) - 1];
    if (last === undefined) return;
    const steps = all.filter(({ isLook, step }) => !isLook && step <= last.step);
    const shown = last.isLook ? [last] : [];
    for (const [from, way] of ways.slice(0, steps.length).entries()) {
      const followed = [...steps.slice(from), ...shown].map(({ command }) => command);
      if (way === undefined || way.commands.length + followed.length > most) continue;
      yield {
        start: way.start,
        commands: [...way.commands, ...followed].map((command) => ({ command })),
      };
      return;
    }
  }

  /** A walk on which no state is farther from the starts than `farthest` commands, as far as ways are known. */
  #walk(farthest: number): LongWalk {
    const starts = this.#machine.starts as readonly unknown[];
    const start = starts[this.#random.nextInt(0, starts.length - 1)];
    const source = new WalkSource(this.#drawer, this.#random, stepsOfAWalk);
    const all: Walked[] = [];
    const ways: (Way | undefined)[] = [{ start, commands: [] }];
    let guess = new Guess(this.#machine, start, this.#maximumTicks);
    let distance = 0;
    for (let step = 0, tooFar = 0; tooFar <= redraws;) {
      const command = source.next(guess.state, step);
      if (command === undefined) break;
      const next = guess.fork();
      if (!next.step(command, undefined)) {
        source.refused();
        continue;
      }
      const way = this.#waysOf().to(next.key, distance + 1);
      const reached = way?.commands.length ?? distance + (next.key === guess.key ? 0 : 1);
      if (reached > farthest) {
        tooFar++;
        source.refused();
        continue;
      }
      tooFar = 0;
      [guess, distance] = [next, reached];
      all.push({ command, step, isLook: false });
      for (const look of this.#looks?.at(guess) ?? []) all.push({ command: look, step, isLook: true });
      ways.push(way);
      step++;
    }
    return { start, all, ways };
  }
}
