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
import { complain, print } from "./output.ts";
import type { StoredOutcome } from "./stored_failures.ts";
import { writeUserFile } from "./user_files.ts";

/** What is wanted. */
export interface CiOptions {
  /** Append to the file that GITHUB_STEP_SUMMARY names, and print annotations. */
  readonly github?: true;
  /** Write JUnit XML there. */
  readonly junit?: string;
  /** Standard output is one JSON document. */
  readonly json?: true;
}

function summaryPath(): string {
  const path = Deno.env.get("GITHUB_STEP_SUMMARY");
  if (path !== undefined && path !== "") return path;
  throw new UsageError(
    "Cannot use --github: GITHUB_STEP_SUMMARY is not set, it must name the file of the step summary",
  );
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

/**
 * Makes sure, before minutes of work, that what is wanted can be written; the JUnit file is there and empty from now on.
 *
 * @throws {UsageError} when it can not, or when GitHub's summary is wanted and there is no GitHub around.
 */
export function prepareCi(options: CiOptions): void {
  if (options.github !== undefined) writeUserFile(summaryPath(), "", { append: true });
  if (options.junit !== undefined) writeUserFile(options.junit, "");
}

/** Writes what is wanted. @throws {UsageError} when that can not be done. */
export function writeCi(results: readonly CheckedProtocol[], options: CiOptions): void {
  const cases = [
    ...junitCasesOf(results),
    ...results.flatMap(({ name, stored }) => stored.map((outcome) => storedCase(name, outcome))),
  ];
  if (options.junit !== undefined) writeUserFile(options.junit, junitXml(cases));
  if (options.github === undefined) return;
  // What was found again is among the divergences already.
  const again = results.flatMap(({ stored, kept }) =>
    stored.flatMap(({ path, counterexample }) =>
      counterexample === undefined || kept.includes(path) ? [] : [counterexample]
    )
  );
  const reports = [...divergencesOf(results), ...again];
  const failures = cases.filter(({ failure }) => failure !== undefined);
  writeUserFile(summaryPath(), githubSummary(reports, failures), { append: true });
  // GitHub reads annotations from both streams, and standard output may have to stay one JSON document.
  for (const line of githubAnnotations(reports, failures)) (options.json ? complain : print)(line);
}
