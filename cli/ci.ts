/**
 * What a check leaves behind for continuous integration: a step summary, annotations, a JUnit file.
 *
 * @module
 */
import type { ProtocolCheck } from "../lockstep/check/protocol_check.ts";
import { divergencesOf, junitCasesOf } from "../lockstep/report/ci_results.ts";
import { githubAnnotations, githubSummary } from "../lockstep/report/github.ts";
import { junitXml } from "../lockstep/report/junit.ts";
import { UsageError } from "./exit_code.ts";
import { print } from "./output.ts";

/** What is wanted. */
export interface CiOptions {
  /** Append to the file that GITHUB_STEP_SUMMARY names, and print annotations. */
  readonly github?: true;
  /** Write JUnit XML there. */
  readonly junit?: string;
}

/** Writes what is wanted. @throws {UsageError} when GitHub's summary is wanted and there is no GitHub around. */
export function writeCi(results: readonly ProtocolCheck[], options: CiOptions): void {
  if (options.junit !== undefined) Deno.writeTextFileSync(options.junit, junitXml(junitCasesOf(results)));
  if (options.github === undefined) return;
  const summary = Deno.env.get("GITHUB_STEP_SUMMARY");
  if (summary === undefined || summary === "") {
    throw new UsageError(
      "Cannot use --github: GITHUB_STEP_SUMMARY is not set, it must name the file of the step summary",
    );
  }
  const reports = divergencesOf(results);
  Deno.writeTextFileSync(summary, githubSummary(reports), { append: true });
  for (const line of githubAnnotations(reports)) print(line);
}
