/**
 * Real threads at full speed, as `check` runs them.
 *
 * @module
 */
import type { Protocol, Race } from "../protocol.ts";
import type { CheckOptions } from "./check_options.ts";

/** A race in short. */
export interface RaceSummary {
  /** {@link Race.name}. */
  readonly name: string;
  /** {@link Race.description}. */
  readonly description: string;
  /** {@link Race.mistake}. */
  readonly mistake?: string;
  /** How often the threads have run against each other. */
  readonly runs: number;
  /** Different outcomes that were seen. */
  readonly outcomes: number;
  /** What was seen and is not allowed, one sentence each. */
  readonly problems: readonly string[];
  /** Why little follows from it, in one sentence; absent when the threads did meet. */
  readonly inconclusive?: string;
  /** Wall clock. */
  readonly milliseconds: number;
}

/** Whether a race says that something is wrong. A known mistake that was not seen says nothing. */
export function isLost({ mistake, problems }: Pick<RaceSummary, "mistake" | "problems">): boolean {
  return mistake === undefined && problems.length > 0;
}

async function runRace(race: Race): Promise<RaceSummary> {
  const { name, description, mistake } = race;
  const started = performance.now();
  const { runs, outcomes, problems, inconclusive } = await race.run();
  return {
    name,
    description,
    ...(mistake === undefined ? {} : { mistake }),
    runs,
    outcomes,
    problems,
    ...(inconclusive === undefined ? {} : { inconclusive }),
    milliseconds: performance.now() - started,
  };
}

/** Runs the races of a protocol; those that can not run here are told in `skipped`. */
export async function runRaces(
  protocol: Protocol,
  options: CheckOptions,
  skipped: { what: string; why: string }[],
): Promise<readonly RaceSummary[]> {
  const summaries: RaceSummary[] = [];
  for (const race of protocol.races ?? []) {
    if (options.signal?.aborted) break;
    const { missing } = race.probe();
    if (missing.length > 0) {
      skipped.push({ what: `race ${race.name}`, why: missing.join("; ") });
      continue;
    }
    options.onStage?.(`${protocol.name}: racing ${race.name}`);
    summaries.push(await runRace(race));
  }
  return summaries;
}
