/**
 * Pages on two real threads at full speed: the repaired one, whose answers must be among those that the model allows and
 * have an order, and known mistakes, which show sometimes.
 *
 * @module
 */
import { halfRepair } from "../../impl/historic/page_flags_half_repair.ts";
import { lostFlag } from "../../impl/historic/page_flags_lost_flag.ts";
import { unownRace } from "../../impl/historic/page_flags_unown_race.ts";
import type { PageAlgorithm } from "../../impl/page_flags/algorithm.ts";
import type { DirectVersion } from "../../impl/page_flags/direct_page.ts";
import { ownedBit } from "../../impl/page_flags/owned_bit.ts";
import type { Race, RaceOutcome } from "../../lockstep/protocol.ts";
import { historyOf, linearize, type RecordedOperation } from "../../lockstep/race/linearize.ts";
import { historyLines } from "../../lockstep/report/history_text.ts";
import { tso } from "../../model/memory/tso.ts";
import { pageBlocks } from "../../model/page_flags/page_blocks.ts";
import { searchScript } from "./script_search.ts";
import { lostFlagScript } from "./scripts.ts";
import { probeMemory } from "./target.ts";
import { pageThread, runOnWorkers, type WorkerOutcomes } from "./workers.ts";

const blocks = 2;
const pages = 20_000;

/** What pages at rest break, and how often. */
function brokenSentences({ broken, runs }: WorkerOutcomes): string[] {
  return [...broken].map(([promise, count]) => `${count} of ${runs} pages break a promise: ${promise}`);
}

/** Outcomes that the model does not allow. */
function strangeOutcomes(algorithm: PageAlgorithm, { counts, runs }: WorkerOutcomes): string[] {
  const allowed = searchScript(algorithm, lostFlagScript, tso).outcomes;
  return [...counts].filter(([outcome]) => !allowed.has(outcome))
    .map(([outcome, count]) =>
      `${count} of ${runs} pages answered what the model does not allow: ${outcome}`
    );
}

function overlap(operations: readonly RecordedOperation[]): boolean {
  return operations.some((one) =>
    operations.some((other) =>
      one.thread !== other.thread && one.invokedAt < other.returnedAt! && other.invokedAt < one.returnedAt!
    )
  );
}

/** Histories that have no order, explained. */
export function disordered({ histories }: Pick<WorkerOutcomes, "histories">): string[] {
  const machine = pageBlocks(blocks);
  return histories.flatMap((operations) => {
    const found = linearize(machine, null, operations);
    return found.kind === "linearizable"
      ? []
      : [historyLines(historyOf(["owner", "other"], operations, found), 100).join("\n")];
  });
}

async function raceRepaired(): Promise<RaceOutcome> {
  using owner = pageThread();
  using other = pageThread();
  const algorithm = ownedBit(blocks);
  const fast: WorkerOutcomes[] = [];
  for (let time = 0; time < 3; time++) {
    fast.push(await runOnWorkers(algorithm, lostFlagScript, "repaired", pages, [owner, other]));
  }
  const recorded = await runOnWorkers(algorithm, lostFlagScript, "repaired", pages / 2, [owner, other], true);
  return {
    runs: fast.reduce((sum, { runs }) => sum + runs, recorded.runs),
    outcomes: new Set(fast.flatMap(({ counts }) => [...counts.keys()])).size,
    problems: [
      ...fast.flatMap((one) => [...strangeOutcomes(algorithm, one), ...brokenSentences(one)]),
      ...brokenSentences(recorded),
      ...disordered(recorded),
    ],
    ...(recorded.histories.some(overlap)
      ? {}
      : { inconclusive: `no operations of the two threads overlapped in ${recorded.runs} recorded runs` }),
  };
}

/** Runs until the mistake shows, three times at most. */
async function raceMistaken(algorithm: PageAlgorithm, version: DirectVersion): Promise<RaceOutcome> {
  using owner = pageThread();
  using other = pageThread();
  const seen = new Set<string>();
  let runs = 0;
  for (let time = 0; time < 3; time++) {
    const result = await runOnWorkers(algorithm, lostFlagScript, version, pages, [owner, other]);
    runs += result.runs;
    for (const outcome of result.counts.keys()) seen.add(outcome);
    const problems = brokenSentences(result);
    if (problems.length > 0) return { runs, outcomes: seen.size, problems };
  }
  return {
    runs,
    outcomes: seen.size,
    problems: [],
    inconclusive: `the mistake did not show in ${runs} runs`,
  };
}

/** The races of the protocol. */
export const pageRaces: readonly Race[] = [
  {
    name: "owned-bit",
    description: "owned bit on 2 real threads",
    probe: probeMemory,
    run: raceRepaired,
  },
  {
    name: "lost-flag",
    description: "lost flag on 2 real threads",
    mistake: "lost-flag",
    probe: probeMemory,
    run: () => raceMistaken(lostFlag(blocks), "lost flag"),
  },
  {
    name: "half-repair",
    description: "half repair on 2 real threads",
    mistake: "half-repair",
    probe: probeMemory,
    run: () => raceMistaken(halfRepair(blocks), "half repair"),
  },
  {
    name: "unown-race",
    description: "unown race on 2 real threads",
    mistake: "unown-race",
    probe: probeMemory,
    run: () => raceMistaken(unownRace(blocks), "unown race"),
  },
];
