/**
 * What a check has done, as results for continuous integration.
 *
 * @module
 */
import type { ExploreSummary, ProtocolCheck } from "../check/check_protocol.ts";
import type { JunitCase } from "./junit.ts";
import type { Counterexample } from "./report_data.ts";

/** Every divergence of a check, in the order in which it was found. */
export function divergencesOf(results: readonly ProtocolCheck[]): readonly Counterexample[] {
  return results.flatMap(({ scopes, tour }) => [
    ...scopes.flatMap(({ divergences }) => divergences),
    ...tour?.divergences ?? [],
  ]);
}

function exploreCase(suite: string, summary: ExploreSummary): JunitCase {
  const wrong = [
    ...summary.violations.map(({ kind, property, commands }) =>
      `${kind}: ${property}, after ${commands} steps`
    ),
    ...(summary.exhausted ? summary.vacuous.map((sentence) => `vacuous: ${sentence}`) : []),
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
  milliseconds: number,
  divergences: readonly Counterexample[],
  unreached: readonly string[],
): JunitCase {
  const [report] = divergences;
  return {
    suite,
    name,
    seconds: milliseconds / 1_000,
    ...(report !== undefined
      ? { report }
      : unreached.length > 0
      ? { failure: `never reached: ${unreached.join("; ")}` }
      : {}),
  };
}

function casesOf(result: ProtocolCheck): JunitCase[] {
  const { name: suite, explore, specification, refines, scopes, tour, bugs, skipped } = result;
  const explored = [specification, explore].filter((summary) => summary !== undefined);
  const refined = refines === undefined ? [] : [{
    suite,
    name: `${refines.how} refines ${refines.what} (${refines.scope})`,
    seconds: refines.milliseconds / 1_000,
    ...(refines.violations.length === 0
      ? {}
      : { failure: refines.violations.map(({ property, detail }) => `${property}: ${detail}`).join("\n") }),
  }];
  const toured = tour === undefined
    ? []
    : [driven(suite, `tour of ${tour.target} (${tour.scope})`, tour.milliseconds, tour.divergences, [])];
  return [
    ...explored.map((summary) => exploreCase(suite, summary)),
    ...refined,
    ...scopes.map(({ target, scope, milliseconds, divergences, unreached }) =>
      driven(suite, `lockstep with ${target} (${scope})`, milliseconds, divergences, unreached)
    ),
    ...toured,
    ...bugs.map(({ title, missedBy }): JunitCase => ({
      suite,
      name: `known mistake: ${title}`,
      seconds: 0,
      ...(missedBy.length === 0 ? {} : { failure: `missed by ${missedBy.join(", ")}` }),
    })),
    ...skipped.map(({ what, why }): JunitCase => ({ suite, name: what, seconds: 0, skipped: why })),
  ];
}

/** One result for each thing that was done, a suite for each protocol. */
export function junitCasesOf(results: readonly ProtocolCheck[]): readonly JunitCase[] {
  return results.flatMap(casesOf);
}
