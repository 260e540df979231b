/**
 * How fast states are explored, beside a naive search and beside Spin's generated C verifier.
 *
 * `deno run -A bench/explore.ts [rounds] [model...]`. Each engine runs in a process of its own, one after the other
 * within a round, so that ratios within a run mean something on a noisy machine. Times are processor time, all
 * threads included, medians of all rounds. "Warm" is a later search in the same process: small scopes are over before
 * their code is compiled, which the first time includes. "Steps alone" runs every step of every state and drops what it
 * leads to: no search that runs all steps takes less than that, the first time or later. Machines are explored without
 * their invariants, which the Promela texts do not have either; "with promises" is what a user gets.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import process from "node:process";
import { explore } from "../lockstep/explore/mod.ts";
import type { AnyMachine } from "../lockstep/machine.ts";
import { bare, modelOf, names } from "./explore/models.ts";
import { naiveSearch } from "./explore/naive_search.ts";
import { laterOf } from "./explore/later.ts";
import { stepsAlone } from "./explore/steps_alone.ts";
import { hasSpin, spinSearch } from "./explore/spin.ts";

interface Run {
  readonly states: number;
  readonly transitions: number;
  readonly cpuMs: number;
  readonly warmMs?: number;
  readonly bytesPerState?: number;
}

const engines = ["explore", "with promises", "running every step", "steps alone", "naive"] as const;

/**
 * Processor time after which no further search is begun, and below which a first search is followed by another. The
 * engine has made its machine code of a small scope after some hundred searches.
 */
const warmUpMs = 3_000;
const repeatedBelowMs = 10_000;
const maximumRepeats = 300;

function measure(name: string, engine: Exclude<(typeof engines)[number], "steps alone">): Run {
  const { machine } = modelOf(name);
  const first = once(engine, machine());
  const later: number[] = [];
  let spent = first.cpuMs;
  while (
    later.length === 0 ? first.cpuMs < repeatedBelowMs : spent < warmUpMs && later.length < maximumRepeats
  ) {
    const { cpuMs } = once(engine, machine());
    later.push(cpuMs);
    spent += cpuMs;
  }
  return { ...first, ...(later.length === 0 ? {} : { warmMs: laterOf(later) }) };
}

function once(engine: Parameters<typeof measure>[1], machine: AnyMachine): Run {
  const before = process.cpuUsage();
  const cpuMs = (): number => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
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

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)]!;

/** One run with the median times of several. */
function middle(runs: readonly Run[]): Run {
  const warm = runs.flatMap(({ warmMs }) => warmMs ?? []);
  return {
    ...runs[0]!,
    cpuMs: median(runs.map(({ cpuMs }) => cpuMs)),
    ...(warm.length === 0 ? {} : { warmMs: median(warm) }),
  };
}

/** Compares the engines on one model. @returns how many times as long as `explore` the naive search took, in words */
async function compare(name: string, rounds: number, spin: boolean): Promise<string> {
  const { promela } = modelOf(name);
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
  const medians = new Map([...runs].map(([engine, all]) => [engine, middle(all)]));
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
  const steps = medians.get("steps alone");
  const ratio = (own: number | undefined, theirs: number | undefined): string =>
    (theirs === undefined || own === undefined ? "-" : `${(theirs / own).toFixed(1)} x`).padStart(7);
  return name.padEnd(34) + [
    ` cold ${ratio(ours.cpuMs, naive?.cpuMs)} of ${ratio(steps?.cpuMs, naive?.cpuMs)}`,
    ` warm ${ratio(ours.warmMs, naive?.warmMs)} of ${ratio(steps?.warmMs, naive?.warmMs)}`,
  ].join("  ");
}

if (import.meta.main) {
  if (Deno.args[0] === "--one") {
    const [, name, engine] = Deno.args as [string, string, (typeof engines)[number]];
    const run = engine === "steps alone" ? await stepsAlone(name) : measure(name, engine);
    console.log(JSON.stringify(run));
  } else {
    const [rounds = "3", ...wanted] = Deno.args;
    const spin = await hasSpin();
    if (!spin) console.log("Spin or a C compiler is not installed: compared with the naive search only");
    const ratios: string[] = [];
    for (const name of names()) {
      if (wanted.length > 0 && !wanted.some((each) => name.includes(each))) continue;
      ratios.push(await compare(name, Number(rounds), spin));
    }
    console.log(
      ["", "naive search, as long as explore, of how many times as long as the steps alone:", ...ratios].join(
        "\n",
      ),
    );
  }
}
