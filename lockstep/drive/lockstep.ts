/**
 * The lockstep driver: fast-check walks a machine and a real implementation side by side until they disagree, and
 * shrinks what it finds.
 *
 * @module
 */
import fc from "fast-check";
import { counted } from "../counted.ts";
import { Campaign, type Journey, type Trial } from "./campaign.ts";
import type { Finding, ShrinkOptions } from "./finding.ts";
import { type CommandSource, listed, type Run, type Sides } from "./run_case.ts";

export type { Finding, ShrinkOptions } from "./finding.ts";

/** How much to drive. */
export interface LockstepOptions extends ShrinkOptions {
  /** Cases, each on a fresh subject; 1,000 unless told otherwise. */
  readonly cases?: number;
  /** Commands of one case; 50 unless told otherwise. */
  readonly commandsPerCase?: number;
  /** The same seed walks the same way, as long as the subject answers the same. */
  readonly seed?: number;
}

/** What a run of the driver did. */
export interface LockstepResult {
  /** {@link Target.name} of what was driven. */
  readonly target: string;
  /** As given, or as drawn: it walks the same way again. */
  readonly seed: number;
  /** Cases that were run before the first failure, this one included; shrinking is not counted. */
  readonly cases: number;
  /** Commands performed in them, epilogues included. */
  readonly commands: number;
  /** Draws that were not possible, and were not performed. */
  readonly refusedDraws: number;
  /** Of these, commands that the walk itself had proposed. */
  readonly proposalsRefused: number;
  /** Performed commands by kind. */
  readonly performed: Readonly<Record<string, number>>;
  /** In how many cases each label was reached. */
  readonly labels: Readonly<Record<string, number>>;
  /** What is wrong with the walk or the protocol: one sentence each. The run went on. */
  readonly problems: readonly string[];
  /** The first failure, shrunk; absent when both sides agreed throughout. */
  readonly finding?: Finding;
  /** Why not all cases were run, in one sentence; absent unless `signal` ended it. */
  readonly stoppedBy?: string;
}

class JourneyArbitrary extends fc.Arbitrary<Journey> {
  readonly #campaign: Campaign;
  readonly #first: Journey | undefined;

  /** With `first`, that one journey is generated instead of walks. */
  constructor(campaign: Campaign, first?: Journey) {
    super();
    this.#campaign = campaign;
    this.#first = first;
  }

  override generate(random: fc.Random): fc.Value<Journey> {
    if (this.#first !== undefined) {
      return new fc.Value<Journey>({ ...this.#first, random: random.clone() }, undefined);
    }
    const { starts } = this.#campaign.sides.walked;
    const start: unknown = starts[random.nextInt(0, starts.length - 1)];
    const own = random.clone();
    random.nextInt();
    const source = (): CommandSource => this.#campaign.walk(own.clone());
    return new fc.Value<Journey>({ start, source, random }, undefined);
  }

  override canShrinkWithoutContext(_value: unknown): _value is Journey {
    return false;
  }

  override shrink(journey: Journey): fc.Stream<fc.Value<Journey>> {
    return fc.stream(this.#smaller(journey));
  }

  *#smaller(journey: Journey): IterableIterator<fc.Value<Journey>> {
    for (const smaller of this.#campaign.smaller(journey)) {
      yield new fc.Value<Journey>(smaller, undefined);
    }
  }
}

/** The verdict, or the run that has to be waited for. */
function runAtOnce(trial: Trial): boolean | Promise<Run> {
  let step = trial.next();
  while (!step.done) {
    if (step.value instanceof Promise) return step.value;
    step = trial.next(step.value);
  }
  return step.value;
}

async function runWaiting<Result>(
  trial: Generator<Run | Promise<Run>, Result, Run>,
): Promise<Result> {
  let step = trial.next();
  while (!step.done) {
    let run: Run;
    try {
      run = await step.value;
    } catch (error) {
      step = trial.throw(error);
      continue;
    }
    step = trial.next(run);
  }
  return step.value;
}

/** How many cases, and how long. */
interface DriveSize {
  readonly cases: number;
  readonly commandsPerCase: number;
}

/** What was asked for, or what is usual. @throws {RangeError} */
function sizeOf(options: LockstepOptions): DriveSize {
  const { cases = 1_000, commandsPerCase = 50, seed = 0 } = options;
  for (const [name, value] of Object.entries({ cases, commandsPerCase })) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new RangeError(`Cannot drive: ${name} is ${value}, must be an integer of at least 1`);
    }
  }
  for (const name of ["shrinkRuns", "confirmations"] as const) {
    const value = options[name] ?? 0;
    if (!(value >= 0)) throw new RangeError(`Cannot drive: ${name} is ${value}, must be at least 0`);
  }
  if (!Number.isFinite(seed)) throw new RangeError(`Cannot drive: seed is ${seed}, must be a number`);
  return { cases, commandsPerCase };
}

/** Commands that are handed to fast-check at once: another number would walk another way from the same seed. */
const commandsAtOnce = 10_000;
/** So long signals and timers have to wait for their turn; a turn costs a millisecond. */
const turnEveryMs = 50;

/**
 * Takes back what a test suite has told fast-check for all of its own properties: a time limit, no shrinking, another generator.
 * Any of it would end or change a drive, and nobody would be told.
 */
function withoutDefaults(): fc.Parameters<[Journey]> {
  return Object.fromEntries(Object.keys(fc.readConfigureGlobal()).map((name) => [name, undefined]));
}

/**
 * Lets fast-check draw, judge and shrink; without promises where the subject answers at once.
 *
 * Between batches of cases everybody else gets a turn, or nobody could ever set `aborted`.
 */
async function drive(
  campaign: Campaign,
  arbitrary: fc.Arbitrary<Journey>,
  { cases, commandsPerCase, seed }: DriveSize & { readonly seed: number },
  aborted: () => boolean,
): Promise<void> {
  const casesAtOnce = Math.ceil(commandsAtOnce / commandsPerCase);
  let mustWait = campaign.sides.target.asynchronous === true;
  let turn = performance.now();
  for (
    let done = 0, batch = 0;
    done < cases && !campaign.hasFailed && !campaign.isBroken && !aborted();
    batch++
  ) {
    const numRuns = Math.min(cases - done, casesAtOnce);
    const parameters = {
      ...withoutDefaults(),
      numRuns,
      seed: (seed + Math.imul(batch, 0x9e37_79b1)) | 0,
    };
    let judged = 0;
    if (!mustWait) {
      let givenUp: Promise<Run> | undefined;
      fc.check(
        fc.property(arbitrary, (journey) => {
          if (givenUp !== undefined || campaign.isBroken) return true;
          const holds = runAtOnce(campaign.trial(journey));
          if (typeof holds === "boolean") {
            judged++;
            return holds;
          }
          givenUp = holds;
          return true;
        }),
        parameters,
      );
      mustWait = givenUp !== undefined;
      // One subject at a time: this one is disposed of before the case begins again.
      await givenUp?.catch(() => {});
    }
    if (mustWait) {
      // The first promise may have come late: what was judged before it stays so, and what has failed is shrunk on.
      const failed = campaign.failed();
      let known = failed === undefined ? judged : 0;
      await fc.check(
        fc.asyncProperty(
          failed === undefined ? arbitrary : new JourneyArbitrary(campaign, failed),
          async (journey) =>
            known-- > 0 || aborted() || campaign.isBroken || await runWaiting(campaign.trial(journey)),
        ),
        failed === undefined ? parameters : { ...parameters, numRuns: 1 },
      );
    }
    done += numRuns;
    if (done < cases && performance.now() - turn > turnEveryMs) {
      await new Promise<void>((resume) => setTimeout(resume, 0));
      turn = performance.now();
    }
  }
}

/**
 * Drives the two sides of `sides` until they disagree or the cases are used up.
 *
 * The first failure ends the walk and is shrunk. Subjects that answer at once are driven without promises.
 *
 * @throws {RangeError} when an option or a weight of the walk is out of range.
 */
export async function lockstep(sides: Sides, options: LockstepOptions = {}): Promise<LockstepResult> {
  const size = sizeOf(options);
  const seed = options.seed ?? (Math.random() * 0x7fff_ffff) | 0;
  const campaign = new Campaign(sides, options, size.commandsPerCase);
  const aborted = (): boolean => options.signal?.aborted === true;
  await drive(campaign, new JourneyArbitrary(campaign), { ...size, seed }, aborted);
  const finding = await runWaiting(campaign.finding());
  const { cases, commands, refusedDraws, proposalsRefused, performed, labels } = campaign;
  return {
    target: sides.target.name,
    seed,
    cases,
    commands,
    refusedDraws,
    proposalsRefused,
    performed,
    labels,
    problems: [...campaign.problems],
    ...(finding === undefined ? {} : { finding }),
    ...(aborted()
      ? { stoppedBy: `stopped on request after ${cases} of ${counted(size.cases, "case")}` }
      : {}),
  };
}

/**
 * Shrinks a run that failed, found by whatever means; a failure that does not come back is handed back as it is,
 * with none of the repetitions failed.
 */
export async function shrinkFailure(
  sides: Sides,
  start: unknown,
  run: Run,
  options: ShrinkOptions = {},
): Promise<Finding> {
  if (run.verdict.kind === "agreed") throw new TypeError("Cannot shrink: the run has not failed");
  const campaign = new Campaign(sides, options, run.executed.length);
  const first: Journey = { start, source: () => listed(run.executed) };
  const arbitrary = new JourneyArbitrary(campaign, first);
  await drive(campaign, arbitrary, { cases: 1, commandsPerCase: 1, seed: 0 }, () => false);
  return await runWaiting(campaign.finding()) ?? {
    start,
    commands: run.executed,
    answers: run.answers,
    verdict: run.verdict,
    foundAfter: run.executed.length,
    shrinkRuns: 0,
    shrinkStopped: true,
    repairedAway: 0,
    repetitions: 1,
    confirmed: { failed: 0, runs: 1 },
  };
}
