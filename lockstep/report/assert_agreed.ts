/**
 * Agreement as an assertion, for tests: a failure prints the report, not a stack trace.
 *
 * @module
 */
import { counted } from "../counted.ts";
import { caseOf, explain, sidesOf, surroundings } from "../check/sides.ts";
import { type CaseFile, checkCase } from "../drive/case_file.ts";
import { type Finding, lockstep, type LockstepOptions, type LockstepResult } from "../drive/lockstep.ts";
import type { AnyTarget } from "../machine.ts";
import { minimal, minimalityWords, type MinimalOptions } from "../minimal/minimal.ts";
import type { Protocol } from "../protocol.ts";
import type { Sides } from "../drive/run_case.ts";
import { readEnvironment } from "./environment.ts";
import { programOf } from "./program.ts";
import type { Counterexample, CounterexampleExtra } from "./report_data.ts";
import { terminalReport } from "./terminal.ts";

/** The two sides do not agree. What a test runner prints of it is the report. */
export class Disagreement extends Error {
  /** Always "Disagreement". */
  override readonly name = "Disagreement";
  /** What is printed, as data. */
  readonly report: Counterexample;

  /** `report` is what will be printed, and `more` below it. */
  constructor(report: Counterexample, more = "") {
    super(`\n${terminalReport(report)}\n${more === "" ? "" : `\n${more}\n`}`);
    this.report = report;
    // The place that throws says nothing about the failure: the report does.
    this.stack = `Disagreement: ${this.message}`;
  }
}

function choose<Item>(what: string, name: string, item: Item | undefined, known: readonly string[]): Item {
  if (item !== undefined) return item;
  throw new RangeError(
    `Cannot drive: ${what} is ${JSON.stringify(name)}, must be one of ${known.join(", ")}`,
  );
}

/** A case as one writes it in a test: the commands have whatever fields their protocol gives them. */
export interface CaseLiteral extends Omit<CaseFile, "commands"> {
  /** Checked against the protocol's schema before anything runs. */
  readonly commands: readonly { readonly kind: string; readonly [field: string]: unknown }[];
}

/**
 * Replays a case on the real implementation, and throws when the two sides do not agree.
 *
 * @throws {Disagreement} with the report.
 * @throws {RangeError} when no protocol, scope or mistake has the name that the case gives.
 * @throws {CaseFileError} when a command is not one of the machine's.
 */
export async function assertAgreed(
  protocols: Protocol | readonly Protocol[],
  file: CaseFile | CaseLiteral,
): Promise<void> {
  const list: readonly Protocol[] = "scopes" in protocols ? [protocols] : protocols;
  const protocol = choose(
    "protocol",
    file.protocol,
    list.find(({ name }) => name === file.protocol),
    list.map(({ name }) => name),
  );
  const scopes = Object.keys(protocol.scopes);
  const build = Object.hasOwn(protocol.scopes, file.scope) ? protocol.scopes[file.scope] : undefined;
  const scope = choose("scope", file.scope, build, scopes)();
  const mistakes = protocol.mistakes.map(({ name }) => name);
  const target = file.mistake === undefined ? scope.target : choose(
    "mistake",
    file.mistake,
    protocol.mistakes.find(({ name }) => name === file.mistake)?.target?.(),
    mistakes,
  );
  const { missing } = target.probe();
  if (missing.length > 0) throw new Error(`Cannot run ${target.name}: ${missing.join("; ")}`);
  checkCase(scope.how ?? scope.what, file);
  try {
    const report = await explain(sidesOf(scope, target), file, surroundings(scope));
    if (report.verdict.kind !== "agreed") throw new Disagreement(report);
  } finally {
    target[Symbol.dispose]?.();
  }
}

/** What {@link assertLockstep} demands besides agreement, and what its report says. */
export interface LockstepDemands extends CounterexampleExtra {
  /** Whose case it is; by default the name of the walked machine. */
  readonly protocol?: string;
  /** Of which scope; "test" by default. */
  readonly scope?: string;
  /** Whether every label must be reached; true by default. */
  readonly labels?: boolean;
  /** Most shorter cases that are run to certify a finding; 20,000 unless told otherwise, 0 = it stays as shrunk. */
  readonly certifyRuns?: number;
}

/** The finding at its smallest, and how sure that is. */
async function certified(
  sides: Sides,
  finding: Finding,
  maximumRuns: number | undefined,
  signal: LockstepOptions["signal"],
): Promise<{ readonly finding: Finding; readonly minimality?: string }> {
  if (maximumRuns === 0) return { finding };
  const limits: MinimalOptions = {
    ...(maximumRuns === undefined ? {} : { maximumRuns }),
    ...(signal === undefined ? {} : { signal }),
  };
  const least = await minimal(sides, finding, limits);
  return { finding: least.finding, minimality: minimalityWords(least.minimality) };
}

/**
 * Drives the two sides, and throws with the shrunk report when they do not agree. Says what was done otherwise.
 *
 * @throws {Disagreement} with the report.
 * @throws {Error} when a label was never reached, or the walk has problems: then agreement proves less than it seems.
 */
export async function assertLockstep(
  sides: Sides,
  options: LockstepOptions = {},
  demands: LockstepDemands = {},
): Promise<LockstepResult> {
  const { protocol = sides.walked.name, scope = "test", labels = true, certifyRuns, ...extra } = demands;
  const result = await lockstep(sides, options);
  if (result.finding !== undefined) {
    const { finding, ...minimality } = await certified(sides, result.finding, certifyRuns, options.signal);
    const { answers, confirmed } = finding;
    const file = caseOf(protocol, scope, finding);
    const around = {
      foundBy: "lockstep",
      confirmed,
      environment: readEnvironment(),
      ...minimality,
      ...extra,
    } as const;
    const paste = demands.scope === undefined ? [] : [`as a test to paste:\n\n${programOf(file)}`];
    throw new Disagreement(
      await explain(sides, file, around, answers),
      [...result.problems, ...paste].join("\n\n"),
    );
  }
  const unreached = labels ? Object.keys(result.labels).filter((label) => result.labels[label] === 0) : [];
  const doubts = [
    ...result.problems,
    ...(unreached.length === 0 ? [] : [`none of them reached ${unreached.join(", ")}`]),
  ];
  if (doubts.length > 0) {
    throw new Error(`Cannot trust ${counted(result.cases, "case")} that agreed: ${doubts.join("; ")}`);
  }
  return result;
}

/**
 * Drives one scope of a protocol as {@link assertLockstep} does; `target` takes the place of the scope's own.
 *
 * @throws {Disagreement} with the report, and the case as a test to paste.
 * @throws {RangeError} when there is no such scope.
 */
export async function assertScopeAgrees(
  protocol: Protocol,
  scopeName: string,
  options: LockstepOptions = {},
  demands: LockstepDemands & { readonly target?: AnyTarget } = {},
): Promise<LockstepResult> {
  const scopes = Object.keys(protocol.scopes);
  const build = Object.hasOwn(protocol.scopes, scopeName) ? protocol.scopes[scopeName] : undefined;
  const scope = choose("scope", scopeName, build, scopes)();
  const { target = scope.target, ...rest } = demands;
  try {
    return await assertLockstep(sidesOf(scope, target), options, {
      ...surroundings(scope),
      protocol: protocol.name,
      scope: scopeName,
      ...rest,
    });
  } finally {
    // A target that was given belongs to the caller.
    scope.target[Symbol.dispose]?.();
  }
}
