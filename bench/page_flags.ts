// deno-lint-ignore-file no-console
/**
 * Speed of the memory models, of a page on real memory and of litmus tests on the processor.
 *
 * Beside each figure stands the same by CPU seconds of the whole process. Every figure is the median of some rounds in which the lines take turns, so that ratios inside one run hold on a
 * machine that other work shares.
 *
 *     deno run -A bench/page_flags.ts [rounds]
 *
 * @module
 */
import process from "node:process";
import { lostFlag } from "../impl/historic/page_flags_lost_flag.ts";
import { LitmusThreads, runOnHardware } from "../impl/litmus/run_on_hardware.ts";
import type { Flavour } from "../impl/litmus/thread_code.ts";
import { ownedBit } from "../impl/page_flags/owned_bit.ts";
import { RealPage } from "../impl/page_flags/real_page.ts";
import { runOperation } from "../impl/page_flags/run_operation.ts";
import { explore } from "../lockstep/explore/mod.ts";
import type { AnyMachine } from "../lockstep/machine.ts";
import { checkLitmus } from "../model/memory/check_litmus.ts";
import type { MemoryModel } from "../model/memory/memory_model.ts";
import { rc11 } from "../model/memory/rc11.ts";
import { performOnCells, sc } from "../model/memory/sc.ts";
import { tso } from "../model/memory/tso.ts";
import { readCatalogue } from "../props/litmus/catalogue.ts";
import { missingFor } from "../props/litmus/hardware.ts";
import { pageC11Machine } from "../props/page_flags/c11_machine.ts";
import { pageMechanism } from "../props/page_flags/machine.ts";
import { lostFlagScript } from "../props/page_flags/scripts.ts";
import { planTour, walkTour } from "../props/page_flags/tour.ts";
import { pageViewsMachine } from "../props/page_flags/views_machine.ts";
import { pageThread, runOnWorkers } from "../props/page_flags/workers.ts";

const rounds = Number(Deno.args[0] ?? 5);
const scope = { threads: 2, blocks: 2, operations: ["malloc", "mallocAligned", "free"] } as const;
const catalogue = readCatalogue();

interface Line {
  readonly name: string;
  readonly unit: string;
  /** Amount of work, and events worth counting among it. */
  run(): Promise<{ readonly amount: number; readonly events?: number }> | {
    readonly amount: number;
    readonly events?: number;
  };
}

/** All tests of the catalogue, five times. */
function litmusLine<Memory>(name: string, model: MemoryModel<Memory>): Line {
  return {
    name: `litmus catalogue under ${name}`,
    unit: "transitions/s",
    run() {
      let amount = 0;
      for (let time = 0; time < 5; time++) {
        for (const { test } of catalogue) amount += checkLitmus(test, model).transitions;
      }
      return { amount };
    },
  };
}

function exploreLine(name: string, machine: () => AnyMachine): Line {
  return {
    name: `page explored under ${name}`,
    unit: "transitions/s",
    run: () => ({ amount: explore(machine()).transitions }),
  };
}

/** Two operations as generators in random order, on plain words: how fast interleavings can be tried. */
function runSchedules(count: number): { readonly amount: number } {
  const page = ownedBit(2);
  let random = 1;
  for (let time = 0; time < count; time++) {
    const words = [...page.initial];
    const running = [
      runOperation(page, "mallocAligned", { thread: 0, local: 1 }, 0),
      runOperation(page, "malloc", { thread: 0, local: 1 }, 0),
    ];
    const next = running.map((one) => one.next(0));
    while (next.some(({ done }) => done !== true)) {
      random = Math.imul(random, 1_664_525) + 1_013_904_223 | 0;
      const thread = next[0]!.done === true ? 1 : next[1]!.done === true ? 0 : random >>> 31;
      const now = next[thread]!;
      if (now.done !== true) next[thread] = running[thread]!.next(performOnCells(words, now.value));
    }
  }
  return { amount: count };
}

async function hardwareLines(threads: LitmusThreads): Promise<Line[]> {
  const { test } = catalogue.find(({ file }) => file === "SB+rlx.litmus")!;
  const lines: Line[] = [];
  for (const flavour of ["plain", "atomics", "c"] satisfies Flavour[]) {
    const missing = await missingFor(flavour);
    if (missing !== undefined) {
      console.log(`skipped: store buffering, ${flavour}: ${missing}`);
      continue;
    }
    lines.push({
      name: `store buffering on the processor, ${flavour}`,
      unit: "iterations/s",
      async run() {
        const { finals, runs } = await runOnHardware(test.program, flavour, 20_000, threads);
        // The first registers that hold the loaded values: both zero is what sequential consistency forbids.
        const weak = finals.filter(({ final }) => final.registers.flat().every((value) => value === 0));
        return { amount: runs, events: weak.reduce((sum, { count }) => sum + count, 0) };
      },
    });
  }
  return lines;
}

const median = (values: readonly number[]) =>
  values.toSorted((first, second) => first - second)[values.length >> 1]!;

async function measure(lines: readonly Line[]): Promise<void> {
  const speeds = lines.map((): number[] => []);
  const cpuSpeeds = lines.map((): number[] => []);
  const totals = lines.map(() => ({ amount: 0, events: -1 }));
  for (let round = 0; round <= rounds; round++) {
    for (const [index, line] of lines.entries()) {
      const started = performance.now();
      const cpu = process.cpuUsage();
      const { amount, events } = await line.run();
      const seconds = (performance.now() - started) / 1_000;
      const { user, system } = process.cpuUsage(cpu);
      // The first round warms up.
      if (round === 0) continue;
      speeds[index]!.push(amount / seconds);
      cpuSpeeds[index]!.push(amount / ((user + system) / 1e6));
      totals[index]!.amount += amount;
      if (events !== undefined) totals[index]!.events = Math.max(0, totals[index]!.events) + events;
    }
  }
  for (const [index, { name, unit }] of lines.entries()) {
    const { amount, events } = totals[index]!;
    const rare = events < 0 ? "" : `, ${Math.round(events / amount * 1e6)} weak or broken per million`;
    console.log(
      `${name.padEnd(44)} ${
        Math.round(median(speeds[index]!)).toLocaleString("en-US").padStart(12)
      } ${unit} (${Math.round(median(cpuSpeeds[index]!)).toLocaleString("en-US")} per CPU second)${rare}`,
    );
  }
}

const algorithm = ownedBit(2);
const route = planTour(algorithm, scope);
using page = new RealPage(algorithm.initial);
using threads = new LitmusThreads();
using first = pageThread();
using second = pageThread();
await measure([
  litmusLine("sc", sc),
  litmusLine("tso", tso),
  litmusLine("c11", rc11),
  exploreLine("sc", () => pageMechanism(algorithm, scope, sc)),
  exploreLine("tso", () => pageMechanism(algorithm, scope, tso)),
  exploreLine("c11, graphs of three calls", () => pageC11Machine(algorithm, scope, 3)),
  exploreLine("c11, views, endless calls", () => pageViewsMachine(algorithm, scope, 4)),
  {
    name: "tour of the page on real memory",
    unit: "compared accesses/s",
    run() {
      const walks = 20;
      for (let walk = 0; walk < walks; walk++) {
        const difference = walkTour(algorithm, route, page, 2);
        if (difference !== undefined) {
          throw new Error(`Cannot measure the tour: it differs at step ${difference.step}`);
        }
      }
      return { amount: walks * route.steps.length };
    },
  },
  { name: "schedules of two operations, generators", unit: "schedules/s", run: () => runSchedules(50_000) },
  ...await hardwareLines(threads),
  {
    name: "lost flag on two threads at full speed",
    unit: "runs/s",
    async run() {
      const { counts, runs } = await runOnWorkers(lostFlag(2), lostFlagScript, "lost flag", 20_000, [
        first,
        second,
      ]);
      const broken = [...counts].filter(([outcome]) => outcome.endsWith(",5]]"));
      return { amount: runs, events: broken.reduce((sum, [, count]) => sum + count, 0) };
    },
  },
]);
const started = performance.now();
const [found] = explore(pageMechanism(lostFlag(2), scope, sc), { stopAtFirst: true }).violations;
console.log(
  `the model finds the lost flag in ${
    (performance.now() - started).toFixed(0)
  } ms, ${found?.trace.steps.length} steps`,
);
