/**
 * Everything that is known how to do with a protocol, done once: explored, refined, driven, and its known mistakes
 * looked for with every engine. Returns data.
 *
 * @module
 */
import { type Finding, lockstep, type LockstepResult } from "../drive/lockstep.ts";
import type { Sides } from "../drive/run_case.ts";
import { type Exploration, exploreAsync } from "../explore/mod.ts";
import type { AnyCommand, AnyMachine } from "../machine.ts";
import type { Engine, Protocol, Scope } from "../protocol.ts";
import type { Counterexample } from "../report/counterexample.ts";
import type { CheckOptions } from "./check_options.ts";
import { minimal, minimalityWords } from "../minimal/minimal.ts";
import { findMistakes, minimalLimits } from "./find_mistakes.ts";
import { tour } from "../tour/tour.ts";
import type {
  ExploreSummary,
  LockstepSummary,
  ProtocolCheck,
  RefineSummary,
  TourSummary,
} from "./protocol_check.ts";
import { isLost, runRaces } from "./races.ts";
import { refineAsync } from "./refine_async.ts";
import { caseOf, explain, sidesOf, surroundings } from "./sides.ts";

function propertyCount(machine: AnyMachine): number {
  return [machine.always, machine.everyStep, machine.leadsTo]
    .reduce((count, properties) => count + Object.keys(properties ?? {}).length, 0);
}

/** An exploration without its traces' states. */
function exploreSummary(
  scope: string,
  machine: AnyMachine,
  result: Exploration<unknown, AnyCommand, unknown, unknown>,
): ExploreSummary {
  const { states, transitions, depth, exhausted, stoppedBy, undecided, vacuous, milliseconds } = result;
  return {
    scope,
    machine: machine.name,
    states,
    transitions,
    depth,
    exhausted,
    ...(stoppedBy === undefined ? {} : { stoppedBy }),
    properties: propertyCount(machine),
    violations: result.violations.map(({ kind, property, trace }) => ({
      kind,
      property,
      commands: trace.steps.length,
    })),
    undecided,
    vacuous,
    milliseconds,
  };
}

async function exploreScope(
  scope: string,
  machine: AnyMachine,
  options: CheckOptions,
): Promise<ExploreSummary> {
  const { maximumMs, signal } = options;
  const wishes = { maximumMs, ...(signal === undefined ? {} : { signal }) };
  return exploreSummary(scope, machine, await exploreAsync(machine, wishes));
}

async function refineScope(
  scope: string,
  how: AnyMachine,
  what: AnyMachine,
  options: CheckOptions,
): Promise<RefineSummary> {
  const { maximumMs, signal } = options;
  const result = await refineAsync(how, what, { maximumMs, ...(signal === undefined ? {} : { signal }) });
  const { states, transitions, depth, exhausted, stoppedBy, milliseconds } = result;
  return {
    scope,
    how: how.name,
    what: what.name,
    states,
    transitions,
    depth,
    exhausted,
    ...(stoppedBy === undefined ? {} : { stoppedBy }),
    violations: result.violations
      .map(({ property, detail, trace }) => ({ property, detail, commands: trace.steps.length })),
    milliseconds,
  };
}

function together(parts: readonly LockstepSummary[]): LockstepSummary | undefined {
  if (parts[0] === undefined) return undefined;
  const counts = (
    of: (part: LockstepSummary) => Readonly<Record<string, number>>,
  ): Record<string, number> => {
    const all: Record<string, number> = {};
    for (const part of parts) {
      for (const [name, count] of Object.entries(of(part))) all[name] = (all[name] ?? 0) + count;
    }
    return all;
  };
  const sum = (of: (part: LockstepSummary) => number): number =>
    parts.reduce((total, part) => total + of(part), 0);
  return {
    scope: parts.map(({ scope }) => scope).join(", "),
    target: parts[0].target,
    seed: parts[0].seed,
    cases: sum(({ cases }) => cases),
    commands: sum(({ commands }) => commands),
    performed: counts(({ performed }) => performed),
    refusedDraws: sum(({ refusedDraws }) => refusedDraws),
    divergences: parts.flatMap(({ divergences }) => divergences),
    problems: parts.flatMap(({ scope, problems }) => problems.map((problem) => `${scope}: ${problem}`)),
    labels: counts(({ labels }) => labels),
    unreached: parts.flatMap(({ scope, unreached }) => unreached.map((label) => `${scope}: ${label}`)),
    milliseconds: sum(({ milliseconds }) => milliseconds),
  };
}

/** A finding at its smallest, explained; then the other failures that were met while it was certified. */
async function explained(
  sides: Sides,
  finding: Finding | undefined,
  protocol: string,
  name: string,
  scope: Scope,
  engine: Engine,
  options: CheckOptions,
): Promise<readonly Counterexample[]> {
  if (finding === undefined) return [];
  const least = await minimal(sides, finding, minimalLimits(options));
  const { confirmed, answers } = least.finding;
  const minimality = minimalityWords(least.minimality);
  const around = { ...surroundings(scope), foundBy: engine };
  const reports = [
    await explain(
      sides,
      caseOf(protocol, name, least.finding),
      { ...around, minimality, confirmed },
      answers,
    ),
  ];
  for (const { start, commands, answers } of least.others) {
    const file = { ...caseOf(protocol, name, least.finding), start, commands };
    const minimality = "another way to fail, met while the first was certified";
    reports.push(await explain(sides, file, { ...around, minimality }, answers));
  }
  return reports;
}

function shrinkingOf(finding: Finding): NonNullable<LockstepSummary["shrinking"]> {
  const { shrinkRuns, shrinkStopped, repairedAway, repetitions } = finding;
  return { runs: shrinkRuns, stopped: shrinkStopped, repairedAway, repetitions };
}

async function driveScope(
  protocol: string,
  name: string,
  scope: Scope,
  options: CheckOptions,
): Promise<LockstepSummary> {
  const sides = sidesOf(scope);
  const started = performance.now();
  const { commandsPerCase, seed, signal } = options;
  const result: LockstepResult = await lockstep(sides, {
    cases: Math.ceil(options.cases / (scope.costs ?? 1)),
    commandsPerCase,
    ...(seed === undefined ? {} : { seed }),
    ...(signal === undefined ? {} : { signal }),
  });
  const { finding } = result;
  const divergences = await explained(sides, finding, protocol, name, scope, "lockstep", options);
  const unreached = finding !== undefined || result.stoppedBy !== undefined
    ? []
    : Object.entries(result.labels).filter(([, count]) => count === 0).map(([label]) => label);
  return {
    scope: name,
    target: result.target,
    seed: result.seed,
    cases: result.cases,
    commands: result.commands,
    performed: result.performed,
    refusedDraws: result.refusedDraws,
    ...(finding === undefined ? {} : { shrinking: shrinkingOf(finding) }),
    divergences,
    problems: result.problems,
    labels: result.labels,
    unreached,
    milliseconds: performance.now() - started,
  };
}

async function tourScope(
  protocol: string,
  name: string,
  scope: Scope,
  options: CheckOptions,
): Promise<TourSummary> {
  const sides = sidesOf(scope);
  const started = performance.now();
  const { maximumMs, signal } = options;
  const result = await tour(sides, { maximumMs, ...(signal === undefined ? {} : { signal }) });
  const { covered, total, unreached, commands, fewestCommands, problems, finding, stoppedBy } = result;
  const divergences = await explained(sides, finding, protocol, name, scope, "tour", options);
  return {
    scope: name,
    target: result.target,
    covered,
    total,
    unreached,
    commands,
    ...(fewestCommands === undefined ? {} : { fewestCommands }),
    unseenAnswers: result.unseenAnswers
      .filter(({ allowedIn, unseenIn }) => allowedIn === unseenIn)
      .map(({ machine, command, answer, allowedIn }) =>
        `${machine}: ${command} → ${answer} (allowed in ${allowedIn} situations)`
      ),
    problems,
    divergences,
    ...(stoppedBy === undefined ? {} : { stoppedBy }),
    milliseconds: performance.now() - started,
  };
}

/** A field that is left out when there is nothing to say. */
function first<Name extends string, Summary>(
  name: Name,
  summary: Summary | undefined,
): { readonly [Field in Name]?: Summary } {
  return (summary === undefined ? {} : { [name]: summary }) as { readonly [Field in Name]?: Summary };
}

/** @throws {RangeError} for a mistake in a scope that the protocol does not have. */
function checkMistakes({ name: protocol, scopes, mistakes }: Protocol): void {
  for (const { name, scope, howScope } of mistakes) {
    const unknown = [scope, howScope ?? scope].find((wanted) => !Object.hasOwn(scopes, wanted));
    if (unknown === undefined) continue;
    throw new RangeError(
      `Cannot check ${protocol}: the scope of ${name} is ${JSON.stringify(unknown)}, must be one of ${
        Object.keys(scopes).join(", ")
      }`,
    );
  }
}

/**
 * Does everything with one protocol. Where the implementation can not run, the rest is done and the skip is told.
 *
 * @throws {RangeError} for an option that is out of range, and for a mistake in a scope that the protocol does not have.
 */
export async function checkProtocol(protocol: Protocol, options: CheckOptions): Promise<ProtocolCheck> {
  checkMistakes(protocol);
  const skipped: { what: string; why: string }[] = [];
  const driven: LockstepSummary[] = [];
  const specifications: ExploreSummary[] = [];
  const mechanisms: ExploreSummary[] = [];
  const refinements: RefineSummary[] = [];
  const tours: TourSummary[] = [];
  for (const [name, build] of Object.entries(protocol.scopes)) {
    if (options.signal?.aborted) break;
    const scope = build();
    const { what, how } = scope;
    if (scope.use.includes("explore")) {
      options.onStage?.(`${protocol.name}: exploring ${name}`);
      specifications.push(await exploreScope(name, what, options));
      if (how !== undefined) mechanisms.push(await exploreScope(name, how, options));
    }
    if (scope.use.includes("refines") && how !== undefined) {
      options.onStage?.(`${protocol.name}: refining ${name}`);
      refinements.push(await refineScope(name, how, what, options));
    }
    const onReal = scope.use.filter((use) => use === "lockstep" || use === "tour");
    const { missing } = onReal.length === 0 ? { missing: [] } : scope.target.probe();
    if (missing.length > 0) {
      for (const use of onReal) skipped.push({ what: `${use} ${name}`, why: missing.join("; ") });
      continue;
    }
    try {
      if (scope.use.includes("tour")) {
        options.onStage?.(`${protocol.name}: touring ${name} on ${scope.target.name}`);
        tours.push(await tourScope(protocol.name, name, scope, options));
      }
      if (scope.use.includes("lockstep")) {
        options.onStage?.(`${protocol.name}: driving ${name} against ${scope.target.name}`);
        driven.push(await driveScope(protocol.name, name, scope, options));
      }
    } finally {
      scope.target[Symbol.dispose]?.();
    }
  }
  const races = await runRaces(protocol, options, skipped);
  const bugs = await findMistakes(protocol, options);
  const explorations = [...specifications, ...mechanisms];
  const ok = explorations.every(({ violations, vacuous, undecided, exhausted }) =>
    // Whoever has not looked everywhere can not complain of what was not seen.
    violations.length === 0 && (vacuous.length + undecided.length === 0 || !exhausted)
  ) &&
    refinements.every(({ violations }) => violations.length === 0) &&
    driven.every(({ divergences, unreached, problems }) =>
      divergences.length === 0 && unreached.length === 0 && problems.length === 0
    ) &&
    tours.every(({ divergences, problems }) => divergences.length + problems.length === 0) &&
    !races.some(isLost) &&
    bugs.every(({ missedBy }) => missedBy.length === 0);
  return {
    name: protocol.name,
    ...first("explore", mechanisms[0] ?? specifications[0]),
    explorations,
    refinements,
    ...first("lockstep", together(driven)),
    scopes: driven,
    ...first("tour", tours[0]),
    tours,
    ...(races.length === 0 ? {} : { races }),
    bugs,
    skipped,
    ok,
  };
}
