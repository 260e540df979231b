/**
 * Everything that is known how to do with a protocol, done once: explored, refined, driven, and its known mistakes
 * looked for with every engine. Returns data.
 *
 * @module
 */
import { lockstep, type LockstepResult } from "../drive/lockstep.ts";
import { type Exploration, exploreAsync } from "../explore/mod.ts";
import type { AnyCommand, AnyMachine } from "../machine.ts";
import type { Protocol, Scope } from "../protocol.ts";
import type { Counterexample } from "../report/counterexample.ts";
import type { CheckOptions } from "./check_options.ts";
import { type BugSummary, findMistakes } from "./find_mistakes.ts";
import { refineAsync } from "./refine_async.ts";
import { caseOf, explain, sidesOf } from "./sides.ts";

/** An exploration in short. */
export interface ExploreSummary {
  readonly scope: string;
  readonly machine: string;
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
  readonly exhausted: boolean;
  readonly stoppedBy?: string;
  readonly properties: number;
  readonly violations: readonly {
    readonly kind: string;
    readonly property: string;
    readonly commands: number;
  }[];
  readonly vacuous: readonly string[];
  readonly milliseconds: number;
}

/** A refinement in short. */
export interface RefineSummary {
  readonly scope: string;
  readonly how: string;
  readonly what: string;
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
  readonly exhausted: boolean;
  readonly stoppedBy?: string;
  readonly violations: readonly {
    readonly property: string;
    readonly detail: string;
    readonly commands: number;
  }[];
  readonly milliseconds: number;
}

/** A run of the driver in short. */
export interface LockstepSummary {
  readonly scope: string;
  readonly target: string;
  readonly seed: number;
  readonly cases: number;
  readonly commands: number;
  readonly divergences: readonly Counterexample[];
  readonly labels: Readonly<Record<string, number>>;
  /** Labels that no case reached: the run proves less than it seems. */
  readonly unreached: readonly string[];
  readonly milliseconds: number;
}

/** Everything about one protocol. */
export interface ProtocolCheck {
  readonly name: string;
  readonly explore?: ExploreSummary;
  /** The specification, where `explore` is about a mechanism. */
  readonly specification?: ExploreSummary;
  readonly refines?: RefineSummary;
  /** Of all driven scopes together. */
  readonly lockstep?: LockstepSummary;
  /** Each of them alone. */
  readonly scopes: readonly LockstepSummary[];
  readonly bugs: readonly BugSummary[];
  readonly skipped: readonly { readonly what: string; readonly why: string }[];
  /** No violation, no divergence, nothing vacuous, no label unreached, no mistake missed. */
  readonly ok: boolean;
}

function propertyCount(machine: AnyMachine): number {
  return [machine.always, machine.everyStep, machine.leadsTo]
    .reduce((count, properties) => count + Object.keys(properties ?? {}).length, 0);
}

/** An exploration without its traces' states. */
export function exploreSummary(
  scope: string,
  machine: AnyMachine,
  result: Exploration<unknown, AnyCommand, unknown, unknown>,
): ExploreSummary {
  const { states, transitions, depth, exhausted, stoppedBy, vacuous, milliseconds } = result;
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
  const labels: Record<string, number> = {};
  for (const part of parts) {
    for (const [label, count] of Object.entries(part.labels)) labels[label] = (labels[label] ?? 0) + count;
  }
  const sum = (of: (part: LockstepSummary) => number): number =>
    parts.reduce((total, part) => total + of(part), 0);
  return {
    scope: parts.map(({ scope }) => scope).join(", "),
    target: parts[0].target,
    seed: parts[0].seed,
    cases: sum(({ cases }) => cases),
    commands: sum(({ commands }) => commands),
    divergences: parts.flatMap(({ divergences }) => divergences),
    labels,
    unreached: parts.flatMap(({ scope, unreached }) => unreached.map((label) => `${scope}: ${label}`)),
    milliseconds: sum(({ milliseconds }) => milliseconds),
  };
}

async function driveScope(
  protocol: string,
  name: string,
  scope: Scope,
  options: CheckOptions,
): Promise<LockstepSummary> {
  const sides = sidesOf(scope);
  const started = performance.now();
  const { cases, commandsPerCase, seed, signal } = options;
  const result: LockstepResult = await lockstep(sides, {
    cases,
    commandsPerCase,
    ...(seed === undefined ? {} : { seed }),
    ...(signal === undefined ? {} : { signal }),
  });
  const { finding } = result;
  const divergences = finding === undefined ? [] : [
    await explain(sides, caseOf(protocol, name, finding), {
      minimality: "1-minimal",
      confirmed: finding.confirmed,
    }),
  ];
  const unreached = finding !== undefined || result.stoppedBy !== undefined
    ? []
    : Object.entries(result.labels).filter(([, count]) => count === 0).map(([label]) => label);
  return {
    scope: name,
    target: result.target,
    seed: result.seed,
    cases: result.cases,
    commands: result.commands,
    divergences,
    labels: result.labels,
    unreached,
    milliseconds: performance.now() - started,
  };
}

/** Does everything with one protocol. Where the implementation can not run, the rest is done and the skip is told. */
export async function checkProtocol(protocol: Protocol, options: CheckOptions): Promise<ProtocolCheck> {
  const skipped: { what: string; why: string }[] = [];
  const driven: LockstepSummary[] = [];
  let explored: ExploreSummary | undefined;
  let specification: ExploreSummary | undefined;
  let refined: RefineSummary | undefined;
  for (const [name, build] of Object.entries(protocol.scopes)) {
    if (options.signal?.aborted) break;
    const scope = build();
    const { what, how } = scope;
    if (scope.use.includes("explore")) {
      options.onStage?.(`${protocol.name}: exploring ${name}`);
      explored ??= await exploreScope(name, how ?? what, options);
      if (how !== undefined) specification ??= await exploreScope(name, what, options);
    }
    if (scope.use.includes("refines") && how !== undefined) {
      options.onStage?.(`${protocol.name}: refining ${name}`);
      refined ??= await refineScope(name, how, what, options);
    }
    if (!scope.use.includes("lockstep")) continue;
    const { missing } = scope.target.probe();
    if (missing.length > 0) skipped.push({ what: `lockstep ${name}`, why: missing.join("; ") });
    else {
      options.onStage?.(`${protocol.name}: driving ${name} against ${scope.target.name}`);
      driven.push(await driveScope(protocol.name, name, scope, options));
    }
  }
  const bugs = await findMistakes(protocol, options);
  const explorations = [explored, specification].filter((summary) => summary !== undefined);
  const ok =
    explorations.every(({ violations, vacuous }) => violations.length === 0 && vacuous.length === 0) &&
    (refined === undefined || refined.violations.length === 0) &&
    driven.every(({ divergences, unreached }) => divergences.length === 0 && unreached.length === 0) &&
    bugs.every(({ missedBy }) => missedBy.length === 0);
  return {
    name: protocol.name,
    ...(explored === undefined ? {} : { explore: explored }),
    ...(specification === undefined ? {} : { specification }),
    ...(refined === undefined ? {} : { refines: refined }),
    ...(driven.length === 0 ? {} : { lockstep: together(driven)! }),
    scopes: driven,
    bugs,
    skipped,
    ok,
  };
}
