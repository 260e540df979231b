/**
 * How fast states are explored, beside a naive search and beside Spin's generated C verifier.
 *
 * `deno run -A bench/explore.ts [rounds] [model...]`. Each engine runs in a process of its own, one after the other
 * within a round, so that ratios within a run mean something on a noisy machine. Times are processor time, all
 * threads included; of each engine the median round counts. "Warm" is a later search in the same process: small
 * scopes are over before their code is compiled, which the first time includes. "Steps alone" runs every step of every
 * state and drops what it leads to: no search that runs all steps takes less than that. Machines are explored without
 * their invariants, which the Promela texts do not have either; "with promises" is what a user gets.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import process from "node:process";
import { explore } from "../lockstep/explore/mod.ts";
import type { AnyMachine } from "../lockstep/machine.ts";
import { slotRing } from "../props/known/slot_ring.ts";
import { twoPhaseCommit } from "../props/known/two_phase_commit.ts";
import { protocols } from "../props/protocols.ts";
import { naiveSearch } from "./explore/naive_search.ts";
import { stepsAlone } from "./explore/steps_alone.ts";
import { slotRingPromela, twoPhaseCommitPromela } from "./explore/promela.ts";
import { hasSpin, spinSearch } from "./explore/spin.ts";

interface Model {
  readonly machine: () => AnyMachine;
  readonly promela?: string;
}

interface Run {
  readonly states: number;
  readonly transitions: number;
  readonly cpuMs: number;
  readonly warmMs?: number;
  readonly bytesPerState?: number;
}

const ring = { slots: 8, modulus: 64, readers: 3 };

const models: Readonly<Record<string, Model>> = {
  "two-phase commit 7": { machine: () => twoPhaseCommit(7) as AnyMachine, promela: twoPhaseCommitPromela(7) },
  "two-phase commit 8": { machine: () => twoPhaseCommit(8) as AnyMachine, promela: twoPhaseCommitPromela(8) },
  "slot ring 8 64 3": { machine: () => slotRing(ring) as AnyMachine, promela: slotRingPromela(ring) },
  ...Object.fromEntries(
    protocols.flatMap(({ name, scopes }) =>
      Object.entries(scopes).filter(([, scope]) => scope().use.includes("explore")).map((
        [scopeName, scope],
      ) => [
        `${name} ${scopeName}`,
        { machine: () => scope().how ?? scope().what },
      ])
    ),
  ),
};

const engines = ["explore", "with promises", "running every step", "steps alone", "naive"] as const;

/** Without promises, as the other tools' texts have none. */
function bare(
  { leadsTo: _, everyStep: __, someStep: ___, outcome: ____, ...machine }: AnyMachine,
): AnyMachine {
  return { ...machine, always: {}, sometimes: {} };
}

/**
 * Processor time after which no further search is begun, and below which a first search is followed by another. The
 * engine has made its machine code of a small scope after some hundred searches.
 */
const warmUpMs = 3_000;
const repeatedBelowMs = 10_000;
const maximumRepeats = 300;

function measure(engine: (typeof engines)[number], machine: () => AnyMachine): Run {
  const first = once(engine, machine());
  const later: number[] = [];
  // Its time is that of a later pass already.
  if (engine === "steps alone") return { ...first, warmMs: first.cpuMs };
  let spent = first.cpuMs;
  while (
    later.length === 0 ? first.cpuMs < repeatedBelowMs : spent < warmUpMs && later.length < maximumRepeats
  ) {
    const { cpuMs } = once(engine, machine());
    later.push(cpuMs);
    spent += cpuMs;
  }
  // The first of them still compile.
  const warmMs = later.slice(Math.floor(later.length / 2)).sort((one, other) => one - other)[0];
  return { ...first, ...(warmMs === undefined ? {} : { warmMs }) };
}

function once(engine: (typeof engines)[number], machine: AnyMachine): Run {
  const before = process.cpuUsage();
  const cpuMs = (): number => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
  if (engine === "steps alone") return stepsAlone(bare(machine));
  if (engine === "naive") {
    const { states, transitions } = naiveSearch(machine);
    return { states, transitions, cpuMs: cpuMs() };
  }
  const subject = engine === "with promises" ? machine : bare(machine);
  const result = explore(subject, {
    learn: engine !== "running every step",
    liveness: false,
    deadlock: false,
  });
  const { states, transitions, memory } = result;
  return { states, transitions, cpuMs: cpuMs(), bytesPerState: memory.bytesPerState };
}

async function inOwnProcess(name: string, engine: string): Promise<Run | undefined> {
  const args = ["run", "--quiet", "-A", import.meta.filename!, "--one", name, engine];
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args,
    stdout: "piped",
    stderr: "inherit",
  })
    .output();
  return success ? JSON.parse(new TextDecoder().decode(stdout)) as Run : undefined;
}

const median = (runs: readonly Run[]): Run =>
  runs.toSorted((one, other) => one.cpuMs - other.cpuMs)[Math.floor(runs.length / 2)]!;

/** Compares the engines on one model. @returns how many times as long as `explore` the naive search took, in words */
async function compare(
  name: string,
  { promela }: Model,
  rounds: number,
  spin: boolean,
): Promise<string> {
  const runs = new Map<string, Run[]>();
  const note = (engine: string, run: Run | undefined): void => {
    if (run !== undefined) runs.set(engine, [...(runs.get(engine) ?? []), run]);
  };
  for (let round = 0; round < rounds; round++) {
    for (const engine of engines) note(engine, await inOwnProcess(name, engine));
    if (!spin || promela === undefined) continue;
    for (const order of ["depth-first", "breadth-first"] as const) {
      note(`Spin ${order}`, await spinSearch(promela, order));
    }
  }
  const medians = new Map([...runs].map(([engine, all]) => [engine, median(all)]));
  const ours = medians.get("explore")!;
  console.log(`\n${name}: ${ours.states} states, ${ours.transitions} transitions`);
  for (const [engine, run] of medians) {
    const same = run.states === ours.states && run.transitions === ours.transitions
      ? ""
      : ` counts differ: ${run.states}, ${run.transitions}`;
    const perSecond = (count: number): string => (count / run.cpuMs / 1000).toFixed(2).padStart(6);
    const bytes = run.bytesPerState === undefined ? "" : `  ${run.bytesPerState.toFixed(1)} bytes/state`;
    const warm = run.warmMs === undefined ? "" : `  warm ${run.warmMs.toFixed(0)} ms` +
      (ours.warmMs === undefined ? "" : `, ${(run.warmMs / ours.warmMs).toFixed(2)} x`);
    console.log(
      `  ${engine.padEnd(20)} ${run.cpuMs.toFixed(0).padStart(7)} ms` +
        `${perSecond(run.states)} M states/s ${perSecond(run.transitions)} M transitions/s` +
        `  explore is ${(run.cpuMs / ours.cpuMs).toFixed(2)} x as fast${bytes}${warm}${same}`,
    );
  }
  const naive = medians.get("naive");
  const ratio = (theirs: number | undefined, own: number | undefined): string =>
    theirs === undefined || own === undefined ? "-" : `${(theirs / own).toFixed(2)} x`;
  const cold = ratio(naive?.cpuMs, ours.cpuMs).padStart(8);
  return `${name.padEnd(34)} cold ${cold}  warm ${ratio(naive?.warmMs, ours.warmMs).padStart(8)}`;
}

if (import.meta.main) {
  if (Deno.args[0] === "--one") {
    const [, name, engine] = Deno.args;
    console.log(JSON.stringify(measure(engine as (typeof engines)[number], models[name!]!.machine)));
  } else {
    const [rounds = "3", ...wanted] = Deno.args;
    const spin = await hasSpin();
    if (!spin) console.log("Spin or a C compiler is not installed: compared with the naive search only");
    const ratios: string[] = [];
    for (const [name, model] of Object.entries(models)) {
      if (wanted.length > 0 && !wanted.some((each) => name.includes(each))) continue;
      ratios.push(await compare(name, model, Number(rounds), spin));
    }
    console.log(["", "naive search, as long as explore:", ...ratios].join("\n"));
  }
}
