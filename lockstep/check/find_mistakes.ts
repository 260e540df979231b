/**
 * The track record: every known mistake of a protocol, looked for with every engine that is said to find it.
 *
 * @module
 */
import type { CaseFile } from "../drive/case_file.ts";
import { lockstep } from "../drive/lockstep.ts";
import { exploreAsync } from "../explore/mod.ts";
import type { Engine, Mistake, Protocol, Scope } from "../protocol.ts";
import { minimal, type Minimality, minimalityWords } from "../minimal/minimal.ts";
import type { CheckOptions } from "./check_options.ts";
import { refineAsync } from "./refine_async.ts";
import { caseOf, sidesOf } from "./sides.ts";

/** Shorter cases that are run to certify one finding: a second or two. */
export const minimalLimits: { readonly maximumRuns: number } = { maximumRuns: 20_000 };

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

async function findMistake(
  protocol: Protocol,
  mistake: Mistake,
  scope: Scope,
  runnable: boolean,
  options: CheckOptions,
): Promise<BugSummary> {
  const lengths: Partial<Record<Engine, number>> = {};
  const stopped: Engine[] = [];
  let file: CaseFile | undefined;
  let minimality: Minimality | undefined;
  const { maximumMs, signal } = options;
  const interruptible = signal === undefined ? {} : { signal };
  const wishes = { stopAtFirst: true, maximumMs, ...interruptible };
  const how = mistake.how?.();
  if (how !== undefined && mistake.foundBy.includes("explore")) {
    // Most mistakes break a promise over states or steps: those over progress are decided only where none does.
    let found = await exploreAsync(how, { ...wishes, liveness: false });
    if (found.violations.length === 0 && found.exhausted) found = await exploreAsync(how, wishes);
    const violation = found.violations[0];
    if (violation !== undefined) lengths.explore = violation.trace.steps.length;
    else if (!found.exhausted) stopped.push("explore");
  }
  if (how !== undefined && mistake.foundBy.includes("refines")) {
    const found = await refineAsync(how, scope.what, wishes);
    if (found.violations[0] !== undefined) lengths.refines = found.violations[0].trace.steps.length;
    else if (!found.exhausted) stopped.push("refines");
  }
  const target = mistake.target?.();
  if (target !== undefined && runnable && mistake.foundBy.includes("lockstep")) {
    const { cases, commandsPerCase, seed } = options;
    const budget = { cases, commandsPerCase, ...(seed === undefined ? {} : { seed }), ...interruptible };
    const sides = sidesOf(scope, target);
    const { finding, stoppedBy } = await lockstep(sides, budget);
    if (finding === undefined && stoppedBy !== undefined) stopped.push("lockstep");
    if (finding !== undefined) {
      const least = await minimal(sides, finding, { ...minimalLimits, ...interruptible });
      lengths.lockstep = least.finding.commands.length;
      minimality = least.minimality;
      file = caseOf(protocol.name, mistake.scope, least.finding, mistake.name);
    }
  }
  const foundBy = Object.keys(lengths) as Engine[];
  const missedBy = mistake.foundBy
    .filter((engine) =>
      !foundBy.includes(engine) && !stopped.includes(engine) &&
      (runnable || engine === "explore" || engine === "refines")
    );
  const modelled = Math.min(...Object.values(lengths));
  return {
    name: mistake.name,
    title: mistake.title,
    upstream: mistake.upstream,
    ...(mistake.lived === undefined ? {} : { lived: mistake.lived }),
    foundBy,
    missedBy,
    unfinished: stopped,
    lengths,
    commands: lengths.lockstep ?? (Number.isFinite(modelled) ? modelled : 0),
    // The explorer searches breadth-first: its shortest trace is certified by the search itself.
    minimality: minimality?.kind ?? (foundBy.length > 0 ? "certified" : "1-minimal"),
    ...(minimality === undefined ? {} : { minimalityWords: minimalityWords(minimality) }),
    ...(file === undefined ? {} : { case: file }),
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
    const scope = scopes.get(mistake.scope) ?? protocol.scopes[mistake.scope]!();
    scopes.set(mistake.scope, scope);
    const runnable = scope.target.probe().missing.length === 0;
    bugs.push(await findMistake(protocol, mistake, scope, runnable, options));
  }
  return bugs;
}
