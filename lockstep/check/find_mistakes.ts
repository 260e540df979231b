/**
 * The track record: every known mistake of a protocol, looked for with every engine that is said to find it.
 *
 * @module
 */
import type { CaseFile } from "../drive/case_file.ts";
import { type Finding, lockstep } from "../drive/lockstep.ts";
import { listed, runCase, type Sides } from "../drive/run_case.ts";
import { failureSignature } from "../drive/verdict.ts";
import { exploreAsync, type RefineOptions } from "../explore/mod.ts";
import type { AnyMachine, AnyTarget } from "../machine.ts";
import type { Engine, Mistake, Protocol, Scope } from "../protocol.ts";
import { minimal, minimalityWords, type MinimalOptions } from "../minimal/minimal.ts";
import { tour } from "../tour/tour.ts";
import type { CheckOptions } from "./check_options.ts";
import { refineAsync } from "./refine_async.ts";
import { caseOf, sidesOf } from "./sides.ts";
import { shortestTwinCase, type TwinCase } from "./twin.ts";

/** How far findings are certified. */
export function minimalLimits({ certifyRuns = 20_000, signal }: CheckOptions): MinimalOptions {
  return { maximumRuns: certifyRuns, ...(signal === undefined ? {} : { signal }) };
}

/** How a known mistake was found. */
export interface BugSummary {
  /** {@link Mistake.name}. */
  readonly name: string;
  /** {@link Mistake.title}. */
  readonly title: string;
  /** {@link Mistake.upstream}. */
  readonly upstream: string;
  /** {@link Mistake.lived}. */
  readonly lived?: string;
  /** Engines that had to find it and did. */
  readonly foundBy: readonly Engine[];
  /** Engines that had to find it and did not, although they came to their end. */
  readonly missedBy: readonly Engine[];
  /** Whether the correct implementation failed in the case that was found: then it says nothing about the mistake. */
  readonly baseDiverges: boolean;
  /** Engines that were stopped before they found it: nothing is said about them. */
  readonly unfinished: readonly Engine[];
  /** Length of the shortest counterexample, by engine. */
  readonly lengths: Readonly<Partial<Record<Engine, number>>>;
  /** Of the real counterexample when there is one, otherwise of the shortest; 0 when none was found. */
  readonly commands: number;
  /** "certified" when every shorter case was tried, by the search itself or one by one. */
  readonly minimality: "certified" | "1-minimal";
  /** The same in words, with the number of shorter cases that were tried. */
  readonly minimalityWords?: string;
  /** The shrunk case, absent when it was found in the model alone. */
  readonly case?: CaseFile;
}

/** What one engine found: nothing, a case of some length, or nothing before it was stopped. */
interface Outcome {
  readonly length?: number;
  readonly stopped: boolean;
}

/** What was found on the real side, at its smallest. */
interface RealOutcome extends Outcome {
  /** What was found, the correct implementation fails in as well. */
  readonly baseDiverges?: true;
  readonly finding?: Finding;
  readonly certified: boolean;
  readonly words?: string;
}

type Limits = Pick<CheckOptions, "maximumMs" | "signal">;

function wishes({ maximumMs, signal }: Limits): RefineOptions {
  return { stopAtFirst: true, maximumMs, ...(signal === undefined ? {} : { signal }) };
}

async function byExploring(how: AnyMachine, limits: Limits): Promise<Outcome> {
  // Most mistakes break a promise over states or steps: those over progress are decided only where none does.
  let found = await exploreAsync(how, { ...wishes(limits), liveness: false });
  if (found.violations.length === 0 && found.exhausted) found = await exploreAsync(how, wishes(limits));
  const length = found.violations[0]?.trace.steps.length;
  return length === undefined ? { stopped: !found.exhausted } : { length, stopped: false };
}

async function byRefining(
  how: AnyMachine,
  what: AnyMachine,
  limits: Limits,
): Promise<Outcome> {
  const found = await refineAsync(how, what, wishes(limits));
  const length = found.violations[0]?.trace.steps.length;
  return length === undefined ? { stopped: !found.exhausted } : { length, stopped: false };
}

/** A finding at its smallest. */
async function shrunk(sides: Sides, finding: Finding, options: CheckOptions): Promise<RealOutcome> {
  const least = await minimal(sides, finding, minimalLimits(options));
  return {
    length: least.finding.commands.length,
    stopped: false,
    finding: least.finding,
    certified: least.minimality.kind === "certified",
    words: minimalityWords(least.minimality),
  };
}

/** What walks have found. */
async function byWalking(sides: Sides, options: CheckOptions): Promise<RealOutcome> {
  const { cases, commandsPerCase, seed, signal } = options;
  const interruptible = signal === undefined ? {} : { signal };
  const budget = { cases, commandsPerCase, ...(seed === undefined ? {} : { seed }), ...interruptible };
  const { finding, stoppedBy } = await lockstep(sides, budget);
  if (finding === undefined) return { stopped: stoppedBy !== undefined, certified: false };
  return await shrunk(sides, finding, options);
}

const scheduleRepetitions = 2;

/** Runs the twin's case on the real side, three times. `undefined` when it does not fail in the same way each time. */
async function bySchedule(
  sides: Sides,
  twin: TwinCase,
  options: CheckOptions,
): Promise<RealOutcome | undefined> {
  const first = await runCase(sides, twin.start, () => listed(twin.commands));
  const { verdict, executed, answers } = first;
  if (verdict.kind === "agreed") return undefined;
  for (let repetition = 0; repetition < scheduleRepetitions; repetition++) {
    const again = (await runCase(sides, twin.start, () => listed(twin.commands))).verdict;
    if (again.kind === "agreed" || failureSignature(again) !== failureSignature(verdict)) return undefined;
  }
  const finding: Finding = {
    start: twin.start,
    commands: executed,
    answers,
    verdict,
    foundAfter: 1,
    shrinkRuns: 0,
    shrinkStopped: false,
    repairedAway: 0,
    repetitions: 1,
    confirmed: { failed: scheduleRepetitions, runs: scheduleRepetitions },
  };
  // What fails before its twin does is another thing than the twin.
  if (!twin.shortest || executed.length < twin.commands.length) return await shrunk(sides, finding, options);
  return {
    length: executed.length,
    stopped: false,
    finding,
    certified: true,
    words: "minimal (certified in the model of the mistake, breadth-first)",
  };
}

/**
 * Drives the implementation with the mistake, and shrinks what is found. Where the mistake has a twin in the model,
 * the twin's shortest case is tried as well: random walks seldom see the shortest way to a deep mistake, or any.
 */
async function byDriving(
  sides: Sides,
  base: AnyTarget,
  twinCase: () => Promise<TwinCase | undefined>,
  options: CheckOptions,
): Promise<RealOutcome> {
  const walked = await byWalking(sides, options);
  if (walked.stopped || walked.certified) return await unlessBaseFails(sides, base, walked);
  const twin = await twinCase();
  const worthTrying = twin !== undefined && twin.commands.length <= (walked.length ?? Infinity);
  const scheduled = worthTrying ? await bySchedule(sides, twin, options) : undefined;
  return await unlessBaseFails(sides, base, scheduled ?? walked);
}

/** Tours the implementation with the mistake, and shrinks what is found. */
async function byTouring(sides: Sides, base: AnyTarget, options: CheckOptions): Promise<RealOutcome> {
  const { maximumMs, signal } = options;
  const { finding, stoppedBy } = await tour(sides, {
    maximumMs,
    ...(signal === undefined ? {} : { signal }),
  });
  if (finding === undefined) return { stopped: stoppedBy !== undefined, certified: false };
  return await unlessBaseFails(sides, base, await shrunk(sides, finding, options));
}

/** A case in which the correct implementation fails as well says nothing about the mistake. */
async function unlessBaseFails(sides: Sides, base: AnyTarget, outcome: RealOutcome): Promise<RealOutcome> {
  const { finding } = outcome;
  if (finding === undefined) return outcome;
  const onBase = await runCase({ ...sides, target: base }, finding.start, () => listed(finding.commands));
  return onBase.verdict.kind === "agreed"
    ? outcome
    : { stopped: false, certified: false, baseDiverges: true };
}

async function findMistake(
  protocol: Protocol,
  mistake: Mistake,
  scope: Scope,
  howScope: Scope,
  runnable: boolean,
  options: CheckOptions,
): Promise<BugSummary> {
  const asked = (engine: Engine): boolean => mistake.foundBy.includes(engine);
  const how = mistake.how?.();
  using disposing = new DisposableStack();
  const target = mistake.target?.();
  disposing.defer(() => target?.[Symbol.dispose]?.());
  // The correct implementation is opened too: with the case that was found.
  disposing.defer(() => scope.target[Symbol.dispose]?.());
  const twinCase = async (): Promise<TwinCase | undefined> => {
    // A case of another scope says nothing here: its commands and starts are others.
    if (how === undefined || howScope !== scope) return undefined;
    const { walked, also } = sidesOf(scope);
    return await shortestTwinCase(how, [walked, ...also], wishes(options));
  };
  const explored = how !== undefined && asked("explore") ? await byExploring(how, options) : undefined;
  const refined = how !== undefined && asked("refines")
    ? await byRefining(how, howScope.what, options)
    : undefined;
  const driven = target !== undefined && runnable && asked("lockstep")
    ? await byDriving(sidesOf(scope, target), scope.target, twinCase, options)
    : undefined;
  const toured = target !== undefined && runnable && asked("tour")
    ? await byTouring(sidesOf(scope, target), scope.target, options)
    : undefined;
  /** Of the engines that run the implementation, what the first one has found. */
  const real = driven?.finding === undefined ? toured ?? driven : driven;
  const outcomes: readonly (readonly [Engine, Outcome | undefined])[] = [
    ["explore", explored],
    ["refines", refined],
    ["lockstep", driven],
    ["tour", toured],
    // Races are run by themselves: one in which a mistake is not seen says nothing.
    ["race", asked("race") ? { stopped: true } : undefined],
  ];
  const found = outcomes.filter(([, outcome]) => outcome?.length !== undefined);
  const foundBy = found.map(([engine]) => engine);
  const unfinished = outcomes.filter(([, outcome]) => outcome?.stopped).map(([engine]) => engine);
  const lengths = Object.fromEntries(found.map(([engine, outcome]) => [engine, outcome!.length!]));
  const isModelOnly = (engine: Engine): boolean => engine === "explore" || engine === "refines";
  return {
    name: mistake.name,
    title: mistake.title,
    upstream: mistake.upstream,
    ...(mistake.lived === undefined ? {} : { lived: mistake.lived }),
    foundBy,
    missedBy: mistake.foundBy.filter((engine) =>
      !foundBy.includes(engine) && !unfinished.includes(engine) && (runnable || isModelOnly(engine))
    ),
    baseDiverges: (driven?.baseDiverges ?? toured?.baseDiverges) ?? false,
    unfinished,
    lengths,
    commands: real?.length ?? Math.min(...Object.values(lengths), foundBy.length === 0 ? 0 : Infinity),
    // The explorer searches breadth-first: its shortest trace is certified by the search itself.
    minimality: (real?.finding === undefined ? foundBy.length > 0 : real.certified)
      ? "certified"
      : "1-minimal",
    ...(real?.words === undefined ? {} : { minimalityWords: real.words }),
    ...(real?.finding === undefined
      ? {}
      : { case: caseOf(protocol.name, mistake.scope, real.finding, mistake.name) }),
  };
}

/** Finds the known mistakes of a protocol with every engine that is said to find them. */
export async function findMistakes(
  protocol: Protocol,
  options: CheckOptions,
): Promise<readonly BugSummary[]> {
  const scopes = new Map<string, Scope>();
  const bugs: BugSummary[] = [];
  for (const mistake of protocol.mistakes) {
    if (options.signal?.aborted) break;
    options.onStage?.(`${protocol.name}: looking for ${mistake.name}`);
    const built = (name: string): Scope => {
      const scope = scopes.get(name) ?? protocol.scopes[name]!();
      scopes.set(name, scope);
      return scope;
    };
    const scope = built(mistake.scope);
    const howScope = built(mistake.howScope ?? mistake.scope);
    const runnable = scope.target.probe().missing.length === 0;
    bugs.push(await findMistake(protocol, mistake, scope, howScope, runnable, options));
  }
  return bugs;
}
