/**
 * How much faster two workers explore than one, where a second processor is free.
 *
 * `deno run -A bench/explore_workers.ts [rounds] [model...]`. Each search runs in a process of its own, one after
 * the other within a round; the median round counts. Times are of the search, not of starting the process.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import process from "node:process";
import { exploreWorkers, type Recipe } from "../lockstep/explore/mod.ts";

interface Run {
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
  readonly wallMs: number;
  readonly cpuMs: number;
}

const recipe = (file: string, name: string, argument: number | Readonly<Record<string, number>>): Recipe => ({
  module: import.meta.resolve(`../props/known/${file}.ts`),
  name,
  arguments: [argument],
});

const models: Readonly<Record<string, Recipe>> = {
  "two-phase commit 8": recipe("two_phase_commit", "twoPhaseCommit", 8),
  "two-phase commit 9": recipe("two_phase_commit", "twoPhaseCommit", 9),
  "slot ring 8 64 3": recipe("slot_ring", "slotRing", { slots: 8, modulus: 64, readers: 3 }),
  "slot ring 10 60 4": recipe("slot_ring", "slotRing", { slots: 10, modulus: 60, readers: 4 }),
};

async function measure(name: string, workers: number): Promise<Run> {
  const before = process.cpuUsage();
  const { states, transitions, depth, milliseconds } = await exploreWorkers(models[name]!, workers);
  const { user, system } = process.cpuUsage(before);
  return { states, transitions, depth, wallMs: milliseconds, cpuMs: (user + system) / 1000 };
}

async function inOwnProcess(name: string, workers: number): Promise<Run> {
  const args = ["run", "--quiet", "-A", import.meta.filename!, "--one", name, String(workers)];
  const { stdout } = await new Deno.Command(Deno.execPath(), { args, stderr: "inherit" }).output();
  return JSON.parse(new TextDecoder().decode(stdout)) as Run;
}

const median = (values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)]!;

async function compare(name: string, rounds: number): Promise<void> {
  const alone: Run[] = [];
  const together: Run[] = [];
  for (let round = 0; round < rounds; round++) {
    alone.push(await inOwnProcess(name, 1));
    together.push(await inOwnProcess(name, 2));
  }
  const counts = ({ states, transitions, depth }: Run): string =>
    `${states} states, ${transitions} transitions, depth ${depth}`;
  const same = new Set([...alone, ...together].map(counts)).size === 1;
  console.log(`\n${name}: ${counts(alone[0]!)}${same ? "" : ", and other counts"}`);
  for (const [workers, runs] of [[1, alone], [2, together]] as const) {
    console.log(
      `  ${workers} worker${workers > 1 ? "s" : " "}  ${
        median(runs.map(({ wallMs }) => wallMs)).toFixed(0)
      } ms` +
        `, processor ${median(runs.map(({ cpuMs }) => cpuMs)).toFixed(0)} ms`,
    );
  }
  const ratios = alone.map(({ wallMs }, round) => wallMs / together[round]!.wallMs);
  console.log(
    `  two are ${median(ratios).toFixed(2)} x as fast (${ratios.map((r) => r.toFixed(2)).join(", ")})`,
  );
}

if (import.meta.main) {
  if (Deno.args[0] === "--one") {
    console.log(JSON.stringify(await measure(Deno.args[1]!, Number(Deno.args[2]))));
  } else {
    const [rounds = "3", ...wanted] = Deno.args;
    for (const name of Object.keys(models)) {
      if (wanted.length === 0 || wanted.some((each) => name.includes(each))) {
        await compare(name, Number(rounds));
      }
    }
  }
}
