/**
 * From a scope to the two sides of a run, and from a finding to its explanation.
 *
 * @module
 */
import { type CaseFile, caseFileVersion } from "../drive/case_file.ts";
import type { Finding } from "../drive/lockstep.ts";
import { playback } from "../drive/playback.ts";
import { listed, runCase, type Sides } from "../drive/run_case.ts";
import type { Answered } from "../drive/verdict.ts";
import { withoutHints } from "../drive/without_hints.ts";
import type { AnyTarget } from "../machine.ts";
import type { Mistake, Scope } from "../protocol.ts";
import { type Counterexample, counterexample, type CounterexampleExtra } from "../report/counterexample.ts";
import { readEnvironment } from "../report/environment.ts";

const limits = { maximumStates: 256, maximumTicks: 100_000 };

/** What two sides are made of: as in a scope, a machine and a target at least. */
export type SidesOfScope = Pick<Scope, "what" | "target"> & Partial<Pick<Scope, "how" | "walk">>;

/** The two sides of a scope: walks and judges with the mechanism where there is one, and with the specification. */
export function sidesOf(scope: SidesOfScope, target: AnyTarget = scope.target): Sides {
  const { what, how, walk = { labels: {} } } = scope;
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

/** What a report of a scope, or of a mistake in it, should have beside its steps: pictures, and where it happened. */
export function surroundings(
  scope: Scope,
  mistake?: Pick<Mistake, "drawings">,
): Required<Pick<CounterexampleExtra, "environment" | "drawings">> {
  return {
    environment: readEnvironment(),
    drawings: mistake?.drawings ?? scope,
  };
}

/** The command lines that replay the case in the file `path`, and that open it in the REPL beside the real side. */
export function commandLines(protocol: string, path: string): Required<
  Pick<CounterexampleExtra, "replay" | "walk">
> {
  return { replay: `deno task replay ${path}`, walk: `deno task repl ${protocol} ${path} --real` };
}

/**
 * Explains a case: runs it once more, or, with `answers`, tells the run in which they were given. What does not come
 * back each time can only be told so. A divergence is judged once more without the machine's hints.
 */
export async function explain(
  sides: Sides,
  file: CaseFile,
  extra: CounterexampleExtra = {},
  answers?: readonly Answered[],
): Promise<Counterexample> {
  if (answers !== undefined) {
    return await explain({ ...sides, target: playback(sides.target.name, answers) }, file, extra);
  }
  const heard = await runCase(sides, file.start, () => listed(file.commands), true);
  const run = withoutHints(sides, file.start, heard);
  return counterexample(sides.walked, run, file, sides.target.name, extra);
}
