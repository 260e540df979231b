/**
 * The state of one run of the driver: what was performed, what failed first, and the smallest case that still fails.
 *
 * @module
 */
import type { Random } from "fast-check";
import type { AnyCommand } from "../machine.ts";
import type { Finding, ShrinkOptions } from "./finding.ts";
import { repetitionsFor } from "./repetitions.ts";
import { cannotRun, type CommandSource, listed, type Run, runCase, type Sides } from "./run_case.ts";
import { Shrinker } from "./shrink/shrink.ts";
import type { Shrinkable } from "./shrink/shrinkable.ts";
import { type Failure, failureSignature } from "./verdict.ts";
import { Drawer, WalkSource } from "./walk_source.ts";

/** A walk that has not been run yet, or a list of commands to run. */
export interface Journey {
  readonly start: unknown;
  source(): CommandSource;
  /** For what shrinking draws; absent from smaller journeys. */
  readonly random?: Random;
  /** The run that failed and was smaller than what was known: what is shrunk next. */
  failed?: Run;
  /** Commands performed when it failed in the same way without being smaller. */
  alsoFails?: number;
}

/** Asks for runs one after the other, and returns whether the property holds. */
export type Trial = Generator<Run | Promise<Run>, boolean, Run>;

interface Failing {
  readonly start: unknown;
  readonly run: Run;
  readonly signature: string;
  readonly foundAfter: number;
}

/** A failure that does not come back each time is run so often in all, to say how often it comes. */
const flakyRuns = 20;

function remembered(start: unknown, run: Run): Shrinkable {
  const { verdict } = run;
  return {
    start,
    commands: run.executed.map((command, index) => ({ command, heard: run.heard[index]! })),
    isAnswer: verdict.kind === "diverged" && verdict.at === run.executed.length - 1,
  };
}

/** One run of the driver. */
export class Campaign {
  readonly sides: Sides;
  /** Of the failure, once there is one. */
  shrinker: Shrinker;
  readonly #options: ShrinkOptions;
  readonly #drawer: Drawer;
  readonly #commandsPerCase: number;
  cases = 0;
  commands = 0;
  refusedDraws = 0;
  proposalsRefused = 0;
  /** What is wrong with the walk: one sentence each. */
  readonly problems: Set<string> = new Set();
  readonly performed: Record<string, number> = {};
  readonly labels: Record<string, number> = {};
  #failing: Failing | undefined;
  #broken = false;
  #shrinkRuns = 0;
  #repetitions = 1;
  #lastSource: WalkSource | undefined;

  /** @throws {RangeError} when a weight of the walk is out of range. */
  constructor(sides: Sides, options: ShrinkOptions, commandsPerCase: number) {
    this.sides = sides;
    this.#options = options;
    this.#commandsPerCase = commandsPerCase;
    this.shrinker = new Shrinker(sides.walked, sides.limits.maximumTicks);
    this.#drawer = new Drawer(sides.walked, sides.walk);
    for (const command of sides.walked.commands as readonly AnyCommand[]) this.performed[command.kind] = 0;
    for (const label of Object.keys(sides.walk.labels)) this.labels[label] = 0;
  }

  get hasFailed(): boolean {
    return this.#failing !== undefined;
  }

  /** Whether a case could not be run at all, so that no further one can be trusted; `problems` says why. */
  get isBroken(): boolean {
    return this.#broken;
  }

  /** What a case was; `undefined` when it could not be run: fast-check would call that a failure and say nothing. */
  *#run(start: unknown, source: () => CommandSource): Generator<Run | Promise<Run>, Run | undefined, Run> {
    try {
      return yield runCase(this.sides, start, source);
    } catch (error) {
      this.problems.add(cannotRun(this.sides, error));
      this.#broken = true;
      return undefined;
    }
  }

  /** A source of drawn commands for one case. */
  walk(random: Random): WalkSource {
    return this.#lastSource = new WalkSource(this.#drawer, random, this.#commandsPerCase);
  }

  /** Smaller journeys to try in place of one that failed, as long as the allowance lasts. */
  *smaller(journey: Journey): Generator<Journey> {
    const run = journey.failed;
    if (run === undefined) return;
    const candidates = this.shrinker.candidates(remembered(journey.start, run));
    let step = candidates.next();
    while (!step.done && this.#mayShrink()) {
      const list = step.value.commands.map(({ command }) => command);
      const smaller: Journey = { start: step.value.start, source: () => listed(list) };
      yield smaller;
      step = candidates.next(smaller.alsoFails ?? 0);
    }
  }

  /** What has failed, to be shrunk again from the beginning; its trial fails without a run. */
  failed(): Journey | undefined {
    if (this.#failing === undefined) return undefined;
    const { start, run } = this.#failing;
    return { start, source: () => listed(run.executed), failed: run };
  }

  /** Runs a journey and judges it; while shrinking, only a smaller case that fails in the same way is a failure. */
  *trial(journey: Journey): Trial {
    if (journey.failed !== undefined) {
      this.shrinker = this.#shrinkerFor(journey);
      return false;
    }
    if (this.#failing !== undefined) return yield* this.#shrinkTrial(journey, this.#failing);
    const run = yield* this.#run(journey.start, journey.source);
    if (run === undefined) return true;
    this.#count(journey, run);
    if (run.verdict.kind === "agreed") return true;
    const signature = failureSignature(run.verdict);
    const { failed, runs } = yield* this.#repeat(journey.start, run.executed, signature);
    if (failed < runs) this.#repetitions = repetitionsFor((failed + 1) / (runs + 1));
    this.#failing = { start: journey.start, run, signature, foundAfter: run.executed.length };
    this.shrinker = this.#shrinkerFor(journey);
    this.#learn(journey.start, run);
    journey.failed = run;
    return false;
  }

  #shrinkerFor({ random }: Journey): Shrinker {
    const { walked, walk, limits: { maximumTicks } } = this.sides;
    return new Shrinker(walked, maximumTicks, {
      ...(walk.boundaries === undefined ? {} : { boundaries: walk.boundaries }),
      // An epilogue looks by itself, behind the looks: what it shows would be taken for what they show.
      looks: walk.epilogue === undefined,
      chance: random && { drawer: this.#drawer, random },
    });
  }

  *#shrinkTrial(journey: Journey, failing: Failing): Trial {
    for (let repetition = 0; repetition < this.#repetitions && this.#mayShrink(); repetition++) {
      this.#shrinkRuns++;
      const run = yield* this.#run(journey.start, journey.source);
      if (run === undefined) return true;
      this.#learn(journey.start, run);
      if (run.verdict.kind === "agreed" || failureSignature(run.verdict) !== failing.signature) continue;
      // Impossible commands were left out on the way: what was really executed must be smaller than before.
      const smaller = remembered(journey.start, run);
      if (!this.shrinker.isSmaller(smaller, remembered(failing.start, failing.run))) {
        journey.alsoFails = run.executed.length;
        return true;
      }
      this.shrinker.tried(smaller);
      this.#failing = { ...failing, start: journey.start, run };
      journey.failed = run;
      return false;
    }
    return true;
  }

  /** A case that failed has agreed up to its last command. What an epilogue or chance decides teaches nothing. */
  #learn(start: unknown, run: Run): void {
    if (this.#repetitions > 1 || this.sides.walk.epilogue !== undefined) return;
    const agreed = run.verdict.kind === "agreed" ? run.executed : run.executed.slice(0, -1);
    this.shrinker.agreed(start, agreed);
  }

  *#repeat(
    start: unknown,
    commands: readonly AnyCommand[],
    signature: string,
  ): Generator<Run | Promise<Run>, Finding["confirmed"], Run> {
    let failed = 0;
    let runs = 0;
    for (let wanted = this.#options.confirmations ?? 2; runs < wanted; runs++) {
      const run = yield* this.#run(start, () => listed(commands));
      if (run === undefined) break;
      const { verdict } = run;
      if (verdict.kind !== "agreed" && failureSignature(verdict) === signature) failed++;
      else wanted = Math.max(wanted, flakyRuns);
    }
    return { failed, runs };
  }

  /** The failure, shrunk, after it was run again; `undefined` when nothing failed. */
  *finding(): Generator<Run | Promise<Run>, Finding | undefined, Run> {
    if (this.#failing === undefined) return undefined;
    const { start, run, signature, foundAfter } = this.#failing;
    const shrinkStopped = !this.#mayShrink();
    const confirmed = yield* this.#repeat(start, run.executed, signature);
    return {
      start,
      commands: run.executed,
      answers: run.answers,
      verdict: run.verdict as Failure<unknown, unknown>,
      foundAfter,
      shrinkRuns: this.#shrinkRuns,
      shrinkStopped,
      repairedAway: this.shrinker.repairedAway,
      repetitions: this.#repetitions,
      confirmed,
    };
  }

  #mayShrink(): boolean {
    return !this.#broken && this.#shrinkRuns < (this.#options.shrinkRuns ?? 5_000) &&
      this.#options.signal?.aborted !== true;
  }

  #count(journey: Journey, run: Run): void {
    this.cases++;
    this.commands += run.performed;
    this.refusedDraws += run.refused - (this.#lastSource?.renamed ?? 0);
    this.proposalsRefused += this.#lastSource?.proposalsRefused ?? 0;
    for (const command of run.executed) {
      this.performed[command.kind] = (this.performed[command.kind] ?? 0) + 1;
    }
    for (const label of run.labels) this.labels[label] = (this.labels[label] ?? 0) + 1;
    for (const problem of this.#drawer.problems) this.problems.add(problem);
    if (run.executed.length === 0 && run.verdict.kind === "agreed" && run.refused > 0) {
      const { name } = this.sides.walked;
      this.problems.add(
        `Cannot walk ${name}: nothing is possible at start ${JSON.stringify(journey.start)}`,
      );
    }
  }
}
