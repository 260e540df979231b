/**
 * What a check leaves behind for continuous integration: a step summary, annotations, a JUnit file.
 *
 * @module
 */
import type { ProtocolCheck } from "../lockstep/check/protocol_check.ts";
import { divergencesOf, junitCasesOf } from "../lockstep/report/ci_results.ts";
import { githubAnnotations, githubSummary } from "../lockstep/report/github.ts";
import { type JunitCase, junitXml } from "../lockstep/report/junit.ts";
import { UsageError } from "./exit_code.ts";
import { print } from "./output.ts";
import type { StoredOutcome } from "./stored_failures.ts";

/** What is wanted. */
export interface CiOptions {
  /** Append to the file that GITHUB_STEP_SUMMARY names, and print annotations. */
  readonly github?: true;
  /** Write JUnit XML there. */
  readonly junit?: string;
}

/** A check, and what became of the failures that were stored before it. */
export type CheckedProtocol =
  & ProtocolCheck
  & { readonly stored: readonly StoredOutcome[]; readonly kept: readonly string[] };

function storedCase(suite: string, { path, reason, counterexample }: StoredOutcome): JunitCase {
  return {
    suite,
    name: `stored failure ${path}`,
    seconds: 0,
    ...(counterexample === undefined ? {} : { report: counterexample }),
    ...(reason === undefined ? {} : { skipped: reason }),
  };
}

/** Writes what is wanted. @throws {UsageError} when GitHub's summary is wanted and there is no GitHub around. */
export function writeCi(results: readonly CheckedProtocol[], options: CiOptions): void {
  const cases = [
    ...junitCasesOf(results),
    ...results.flatMap(({ name, stored }) => stored.map((outcome) => storedCase(name, outcome))),
  ];
  if (options.junit !== undefined) Deno.writeTextFileSync(options.junit, junitXml(cases));
  if (options.github === undefined) return;
  const summary = Deno.env.get("GITHUB_STEP_SUMMARY");
  if (summary === undefined || summary === "") {
    throw new UsageError(
      "Cannot use --github: GITHUB_STEP_SUMMARY is not set, it must name the file of the step summary",
    );
  }
  // What was found again is among the divergences already.
  const again = results.flatMap(({ stored, kept }) =>
    stored.flatMap(({ path, counterexample }) =>
      counterexample === undefined || kept.includes(path) ? [] : [counterexample]
    )
  );
  const reports = [...divergencesOf(results), ...again];
  Deno.writeTextFileSync(summary, githubSummary(reports), { append: true });
  for (const line of githubAnnotations(reports)) print(line);
}
