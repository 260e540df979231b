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
  /** Engines that had to find it and did not. */
  readonly missedBy: readonly Engine[];
  /** Length of the shortest counterexample, by engine. */
  readonly lengths: Readonly<Partial<Record<Engine, number>>>;
  /** Of the real counterexample when there is one, otherwise of the shortest. */
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
  let file: CaseFile | undefined;
  let minimality: Minimality | undefined;
  const how = mistake.how?.();
  if (how !== undefined && mistake.foundBy.includes("explore")) {
    const found = await exploreAsync(how, {
      stopAtFirst: true,
      maximumMs: options.maximumMs,
      liveness: false,
    });
    const violation = found.violations[0] ??
      (await exploreAsync(how, { stopAtFirst: true, maximumMs: options.maximumMs })).violations[0];
    if (violation !== undefined) lengths.explore = violation.trace.steps.length;
  }
  if (how !== undefined && mistake.foundBy.includes("refines")) {
    const found = await refineAsync(how, scope.what, { stopAtFirst: true, maximumMs: options.maximumMs });
    if (found.violations[0] !== undefined) lengths.refines = found.violations[0].trace.steps.length;
  }
  const target = mistake.target?.();
  if (target !== undefined && runnable && mistake.foundBy.includes("lockstep")) {
    const { cases, commandsPerCase, seed } = options;
    const budget = { cases, commandsPerCase, ...(seed === undefined ? {} : { seed }) };
    const sides = sidesOf(scope, target);
    const { finding } = await lockstep(sides, budget);
    if (finding !== undefined) {
      const least = await minimal(sides, finding, minimalLimits);
      lengths.lockstep = least.finding.commands.length;
      minimality = least.minimality;
      file = caseOf(protocol.name, mistake.scope, least.finding, mistake.name);
    }
  }
  const foundBy = Object.keys(lengths) as Engine[];
  const missedBy = mistake.foundBy
    .filter((engine) =>
      !foundBy.includes(engine) && (runnable || engine === "explore" || engine === "refines")
    );
  return {
    name: mistake.name,
    title: mistake.title,
    upstream: mistake.upstream,
    ...(mistake.lived === undefined ? {} : { lived: mistake.lived }),
    foundBy,
    missedBy,
    lengths,
    commands: lengths.lockstep ?? Math.min(...Object.values(lengths)),
    // The explorer searches breadth-first: its shortest trace is certified by the search itself.
    minimality: minimality?.kind ?? "certified",
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
