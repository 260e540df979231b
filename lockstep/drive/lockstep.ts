/**
 * The lockstep driver: fast-check walks a machine and a real implementation side by side until they disagree, and
 * shrinks what it finds.
 *
 * @module
 */
import fc from "fast-check";
import type { AnyCommand } from "../machine.ts";
import { type CommandSource, listed, type Run, runCase, type Sides } from "./run_case.ts";
import { Shrinker } from "./shrink.ts";
import { type Failure, failureSignature } from "./verdict.ts";
import { Drawer, WalkSource } from "./walk_source.ts";

/** How much to drive. */
export interface LockstepOptions {
  /** Cases, each on a fresh subject. */
  readonly cases: number;
  /** Commands of one case. */
  readonly commandsPerCase: number;
  /** The same seed walks the same way, as long as the subject answers the same. */
  readonly seed?: number;
  /** Most cases run to shrink one failure. */
  readonly shrinkRuns?: number;
  /** How often a new failure is run again on a fresh subject before anyone is blamed. */
  readonly confirmations?: number;
  /** Ends the run early when `aborted` becomes true; what was found stays. */
  readonly signal?: { readonly aborted: boolean };
}

/** One failure, shrunk. */
export interface Finding {
  readonly start: unknown;
  readonly commands: readonly AnyCommand[];
  readonly verdict: Failure<unknown, unknown>;
  /** Commands of the case in which it was found first. */
  readonly foundAfter: number;
  readonly shrinkRuns: number;
  /** Whether the shrinker ran out of its allowance before it ran out of candidates. */
  readonly shrinkStopped: boolean;
  /** `failed` of `runs` repetitions failed in the same way; fewer than all means flaky. */
  readonly confirmed: { readonly failed: number; readonly runs: number };
}

/** What a run of the driver did. */
export interface LockstepResult {
  readonly target: string;
  readonly seed: number;
  readonly cases: number;
  readonly commands: number;
  /** Draws that were not possible, and were not performed. */
  readonly refusedDraws: number;
  readonly proposalsRefused: number;
  /** Performed commands by kind. */
  readonly performed: Readonly<Record<string, number>>;
  /** In how many cases each label was reached. */
  readonly labels: Readonly<Record<string, number>>;
  readonly finding?: Finding;
  readonly stoppedBy?: string;
}

/** A walk that has not been run yet, or a list of commands to run. What was executed is written here by the run. */
interface Journey {
  readonly start: unknown;
  source(): CommandSource;
  run?: Run;
}

class JourneyArbitrary extends fc.Arbitrary<Journey> {
  readonly #campaign: Campaign;

  constructor(campaign: Campaign) {
    super();
    this.#campaign = campaign;
  }

  override generate(random: fc.Random): fc.Value<Journey> {
    const { starts } = this.#campaign.sides.walked;
    const start: unknown = starts[random.nextInt(0, starts.length - 1)];
    const own = random.clone();
    random.nextInt();
    return new fc.Value<Journey>({ start, source: () => this.#campaign.walk(own.clone()) }, undefined);
  }

  override canShrinkWithoutContext(_value: unknown): _value is Journey {
    return false;
  }

  override shrink(journey: Journey): fc.Stream<fc.Value<Journey>> {
    return fc.stream(this.#candidates(journey));
  }

  *#candidates(journey: Journey): IterableIterator<fc.Value<Journey>> {
    const run = journey.run;
    if (run === undefined) return;
    const commands = run.executed.map((command, index) => ({ command, heard: run.heard[index]! }));
    for (const candidate of this.#campaign.shrinker.candidates({ start: journey.start, commands })) {
      if (!this.#campaign.mayShrink()) return;
      const list = candidate.commands.map(({ command }) => command);
      yield new fc.Value<Journey>({ start: candidate.start, source: () => listed(list) }, undefined);
    }
  }
}

/** The state of one run of the driver. */
class Campaign {
  readonly sides: Sides;
  readonly options: LockstepOptions;
  readonly shrinker: Shrinker;
  readonly #drawer: Drawer;
  cases = 0;
  commands = 0;
  refusedDraws = 0;
  proposalsRefused = 0;
  readonly performed: Record<string, number> = {};
  readonly labels: Record<string, number> = {};
  failing: { journey: Journey; run: Run; signature: string; foundAfter: number } | undefined;
  shrinkRuns = 0;
  #lastSource: WalkSource | undefined;

  constructor(sides: Sides, options: LockstepOptions) {
    this.sides = sides;
    this.options = options;
    this.shrinker = new Shrinker(sides.walked, sides.limits.maximumTicks);
    this.#drawer = new Drawer(sides.walked, sides.walk);
    for (const command of sides.walked.commands as readonly AnyCommand[]) this.performed[command.kind] = 0;
    for (const label of Object.keys(sides.walk.labels)) this.labels[label] = 0;
  }

  walk(random: fc.Random): WalkSource {
    return this.#lastSource = new WalkSource(this.#drawer, random, this.options.commandsPerCase);
  }

  mayShrink(): boolean {
    return this.shrinkRuns < (this.options.shrinkRuns ?? 5_000) && this.options.signal?.aborted !== true;
  }

  /** Whether the property holds for this journey; while shrinking, any other failure counts as holding. */
  judge(journey: Journey, run: Run): boolean {
    const shrinking = this.failing !== undefined;
    if (shrinking) this.shrinkRuns++;
    else this.#count(run);
    if (run.verdict.kind === "agreed") return true;
    const signature = failureSignature(run.verdict);
    if (this.failing !== undefined && this.failing.signature !== signature) return true;
    if (this.failing !== undefined && !this.#isSmaller(run)) return true;
    journey.run = run;
    const foundAfter = this.failing?.foundAfter ?? run.executed.length;
    this.failing = { journey, run, signature, foundAfter };
    return false;
  }

  #isSmaller(run: Run): boolean {
    // Impossible commands were left out on the way; what was really executed must not be longer than before.
    return run.executed.length <= this.failing!.run.executed.length;
  }

  #count(run: Run): void {
    this.cases++;
    this.commands += run.performed;
    this.refusedDraws += run.refused;
    this.proposalsRefused += this.#lastSource?.proposalsRefused ?? 0;
    for (const command of run.executed) {
      this.performed[command.kind] = (this.performed[command.kind] ?? 0) + 1;
    }
    for (const label of run.labels) this.labels[label] = (this.labels[label] ?? 0) + 1;
  }

  result(seed: number, stoppedBy: string | undefined, finding: Finding | undefined): LockstepResult {
    const { cases, commands, refusedDraws, proposalsRefused, performed, labels } = this;
    const target = this.sides.target.name;
    return {
      target,
      seed,
      cases,
      commands,
      refusedDraws,
      proposalsRefused,
      performed,
      labels,
      ...(finding === undefined ? {} : { finding }),
      ...(stoppedBy === undefined ? {} : { stoppedBy }),
    };
  }
}

function checkOptions(options: LockstepOptions): void {
  for (const name of ["cases", "commandsPerCase"] as const) {
    const value = options[name];
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new RangeError(`Cannot drive: ${name} is ${value}, must be an integer of at least 1`);
    }
  }
}

async function confirm(campaign: Campaign): Promise<Finding | undefined> {
  const { failing, options, sides } = campaign;
  if (failing === undefined) return undefined;
  const { journey, run, signature, foundAfter } = failing;
  const runs = options.confirmations ?? 2;
  let failed = 0;
  for (let repetition = 0; repetition < runs; repetition++) {
    const { verdict } = await runCase(sides, journey.start, () => listed(run.executed));
    if (verdict.kind !== "agreed" && failureSignature(verdict) === signature) failed++;
  }
  return {
    start: journey.start,
    commands: run.executed,
    verdict: run.verdict as Failure<unknown, unknown>,
    foundAfter,
    shrinkRuns: campaign.shrinkRuns,
    shrinkStopped: !campaign.mayShrink(),
    confirmed: { failed, runs },
  };
}

/**
 * Drives the two sides of `sides` until they disagree or the cases are used up.
 *
 * The first failure ends the walk and is shrunk. Subjects that answer at once are driven without promises.
 *
 * @throws {RangeError} when an option or a weight of the walk is out of range.
 */
export async function lockstep(sides: Sides, options: LockstepOptions): Promise<LockstepResult> {
  checkOptions(options);
  const seed = options.seed ?? (Math.random() * 0x7fff_ffff) | 0;
  const campaign = new Campaign(sides, options);
  const arbitrary = new JourneyArbitrary(campaign);
  let waits: Promise<Run> | undefined;
  const parameters = { numRuns: options.cases, seed };
  const aborted = (): boolean => options.signal?.aborted === true;
  fc.check(
    fc.property(arbitrary, (journey) => {
      if (waits !== undefined || aborted()) return true;
      const run = runCase(sides, journey.start, journey.source);
      if (run instanceof Promise) {
        waits = run;
        return true;
      }
      return campaign.judge(journey, run);
    }),
    parameters,
  );
  if (waits !== undefined) {
    await waits;
    await fc.check(
      fc.asyncProperty(arbitrary, async (journey) => {
        if (aborted()) return true;
        return campaign.judge(journey, await runCase(sides, journey.start, journey.source));
      }),
      parameters,
    );
  }
  const finding = await confirm(campaign);
  const stoppedBy = aborted()
    ? `stopped on request after ${campaign.cases} of ${options.cases} cases`
    : undefined;
  return campaign.result(seed, stoppedBy, finding);
}
