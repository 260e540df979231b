/**
 * What a check has done, as results for continuous integration.
 *
 * @module
 */
import { counted } from "../counted.ts";
import type { ExploreSummary, LockstepSummary, ProtocolCheck, TourSummary } from "../check/protocol_check.ts";
import { isLost } from "../check/races.ts";
import type { JunitCase } from "./junit.ts";
import type { Counterexample } from "./report_data.ts";

/** Every divergence of a check, in the order in which it was found. */
export function divergencesOf(results: readonly ProtocolCheck[]): readonly Counterexample[] {
  return results.flatMap(({ scopes, tours }) =>
    [...scopes, ...tours].flatMap(({ divergences }) => divergences)
  );
}

function exploreCase(suite: string, summary: ExploreSummary): JunitCase {
  const wrong = [
    ...summary.violations.map(({ kind, property, commands }) =>
      `${kind}: ${property}, after ${counted(commands, "step")}`
    ),
    ...(summary.exhausted
      ? [...summary.vacuous.map((sentence) => `vacuous: ${sentence}`), ...summary.undecided]
      : []),
  ];
  return {
    suite,
    name: `explore ${summary.machine} (${summary.scope})`,
    seconds: summary.milliseconds / 1_000,
    ...(wrong.length === 0 ? {} : { failure: wrong.join("\n") }),
  };
}

function driven(
  suite: string,
  name: string,
  { milliseconds, divergences, problems, unreached }:
    & Pick<LockstepSummary | TourSummary, "milliseconds" | "divergences" | "problems">
    & { readonly unreached: readonly string[] },
): JunitCase {
  const [report] = divergences;
  const wrong = [...problems, ...(unreached.length === 0 ? [] : [`never reached: ${unreached.join("; ")}`])];
  return {
    suite,
    name,
    seconds: milliseconds / 1_000,
    ...(report !== undefined ? { report } : wrong.length > 0 ? { failure: wrong.join("\n") } : {}),
  };
}

function casesOf(result: ProtocolCheck): JunitCase[] {
  const { name: suite, explorations, refinements, scopes, tours, races = [], bugs, skipped } = result;
  return [
    ...explorations.map((summary) => exploreCase(suite, summary)),
    ...refinements.map(({ how, what, scope, milliseconds, violations }): JunitCase => ({
      suite,
      name: `${how} refines ${what} (${scope})`,
      seconds: milliseconds / 1_000,
      ...(violations.length === 0
        ? {}
        : { failure: violations.map(({ property, detail }) => `${property}: ${detail}`).join("\n") }),
    })),
    ...scopes.map((summary) => driven(suite, `lockstep with ${summary.target} (${summary.scope})`, summary)),
    ...tours.map((summary) =>
      driven(suite, `tour of ${summary.target} (${summary.scope})`, { ...summary, unreached: [] })
    ),
    ...races.map(({ description, milliseconds, ...race }): JunitCase => ({
      suite,
      name: `race ${description}`,
      seconds: milliseconds / 1_000,
      ...(isLost(race) ? { failure: race.problems.join("\n") } : {}),
    })),
    ...bugs.map(({ title, missedBy, baseDiverges }): JunitCase => ({
      suite,
      name: `known mistake: ${title}`,
      seconds: 0,
      ...(missedBy.length === 0 ? {} : {
        failure: `missed by ${missedBy.join(", ")}${
          baseDiverges ? ": the correct implementation diverges, too" : ""
        }`,
      }),
    })),
    ...skipped.map(({ what, why }): JunitCase => ({ suite, name: what, seconds: 0, skipped: why })),
  ];
}

/**
 * One result for each thing that was done, a suite for each protocol.
 *
 * @example What a build server reads
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { checkProtocol } from "../check/check_protocol.ts";
 * import { junitCasesOf } from "./ci_results.ts";
 * import { junitXml } from "./junit.ts";
 * import { ticketProtocol } from "./sample_for_test.ts";
 *
 * const check = await checkProtocol(ticketProtocol, { cases: 20, commandsPerCase: 10, maximumMs: 10_000, seed: 1 });
 * assertStringIncludes(junitXml(junitCasesOf([check])), `testsuite name="tickets"`);
 * ```
 */
export function junitCasesOf(results: readonly ProtocolCheck[]): readonly JunitCase[] {
  return results.flatMap(casesOf);
}
