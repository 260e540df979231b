/**
 * From a scope to the two sides of a run, and from a finding to its explanation.
 *
 * @module
 */
import { type CaseFile, caseFileVersion } from "../drive/case_file.ts";
import type { Finding } from "../drive/lockstep.ts";
import { listed, runCase, type Sides } from "../drive/run_case.ts";
import type { AnyTarget } from "../machine.ts";
import type { Scope } from "../protocol.ts";
import { type Counterexample, counterexample } from "../report/counterexample.ts";

const limits = { maximumStates: 256, maximumTicks: 100_000 };

/** The two sides of a scope: walks and judges with the mechanism where there is one, and with the specification. */
export function sidesOf(scope: Scope, target: AnyTarget = scope.target): Sides {
  const { what, how, walk } = scope;
  return {
    walked: how ?? what,
    also: how === undefined ? [] : [what],
    target,
    walk,
    limits,
    invariants: true,
  };
}

/** The case of a finding, as it is written to a file. */
export function caseOf(protocol: string, scope: string, finding: Finding, mistake?: string): CaseFile {
  return {
    lockstep: caseFileVersion,
    protocol,
    scope,
    ...(mistake === undefined ? {} : { mistake }),
    start: finding.start,
    commands: finding.commands,
  };
}

/** Runs a case once more with recording, and explains what happened. */
export async function explain(
  sides: Sides,
  file: CaseFile,
  extra: Parameters<typeof counterexample>[4] = {},
): Promise<Counterexample> {
  const run = await runCase(sides, file.start, () => listed(file.commands), true);
  return counterexample(sides.walked, run, file, sides.target.name, extra);
}
