/**
 * Litmus tests on the processor, beside what a memory model allows.
 *
 * JavaScript has no memory orders: plain accesses are taken for relaxed ones, `Atomics` for seq_cst ones, and what x86
 * may do with them is x86-TSO with the usual compilation. In C the test's own orders are compiled, and what RC11 allows
 * is the bound; of a program with a data race nothing is promised, so nothing is checked. Nor is it where a model can not
 * list all that it allows.
 *
 * A weak outcome that was seen proves that it happens; one that was not seen proves nothing.
 *
 * @module
 */
import type { LitmusThreads } from "../../impl/litmus/run_on_hardware.ts";
import { runOnHardware } from "../../impl/litmus/run_on_hardware.ts";
import { findCompiler } from "../../impl/litmus/c_library.ts";
import type { Flavour } from "../../impl/litmus/thread_code.ts";
import type { ObservedValues } from "../../model/memory/check_litmus.ts";
import { checkLitmus, observedValues, passesFilter, showValues } from "../../model/memory/check_litmus.ts";
import { accessLimit } from "../../model/memory/execution_graph.ts";
import type { LitmusTest } from "../../model/memory/litmus.ts";
import type { Order } from "../../model/memory/memory_model.ts";
import type { Instruction } from "../../model/memory/program.ts";
import { rc11 } from "../../model/memory/rc11.ts";
import { sc } from "../../model/memory/sc.ts";
import type { SearchBounds } from "../../model/memory/search.ts";
import { tso } from "../../model/memory/tso.ts";

/** What the processor did with one test in one flavour. */
export interface HardwareVerdict {
  readonly flavour: Flavour;
  readonly runs: number;
  readonly wanted: number;
  /** Observed states with how often, most frequent first. */
  readonly seen: readonly { readonly values: ObservedValues; readonly count: number }[];
  /** The model that bounds them, if one does. */
  readonly bound: "tso" | "c11" | undefined;
  /** Why none does: the program races in C, or the model can not say all that it allows. */
  readonly unbound: string | undefined;
  /** Seen although the bound forbids it: a finding about the compiler, the processor or the model. */
  readonly beyond: readonly ObservedValues[];
  /** Seen although sequential consistency forbids it. */
  readonly weak: readonly ObservedValues[];
  /** Allowed by the bound and not seen. */
  readonly unseen: readonly ObservedValues[];
  /** False when fewer than two different states were seen where the bound allows more: the threads did not overlap. */
  readonly conclusive: boolean;
}

function withOrder(instruction: Instruction, flavour: "plain" | "atomics"): Instruction {
  const order: Order = flavour === "plain" ? "relaxed" : "seq_cst";
  return instruction.kind === "load" || instruction.kind === "store"
    ? { ...instruction, order }
    : instruction;
}

/** The test as JavaScript carries it out. */
export function inJavaScript(test: LitmusTest, flavour: "plain" | "atomics"): LitmusTest {
  const threads = test.program.threads.map((thread) => ({
    ...thread,
    instructions: thread.instructions.map((instruction) => withOrder(instruction, flavour)),
  }));
  return { ...test, program: { ...test.program, threads } };
}

/** Why a flavour can not be run here, or undefined. */
export async function missingFor(flavour: Flavour): Promise<string | undefined> {
  if (Deno.build.arch !== "x86_64") {
    return `the processor is ${Deno.build.arch}, what it may do is only known for x86_64`;
  }
  if (flavour === "c" && await findCompiler() === undefined) return "no C compiler runs here";
  return undefined;
}

/** Why RC11 can not be asked about a test that is too long for it, or undefined. */
export function tooLong({ program }: LitmusTest): string | undefined {
  const long = program.threads.findIndex(({ instructions }) =>
    instructions.filter(({ kind }) => !/^(set|jump|jumpUnless)$/.test(kind)).length > accessLimit
  );
  return long < 0
    ? undefined
    : `P${long} makes more than ${accessLimit} accesses, the most that an execution graph holds`;
}

interface Bound extends Pick<HardwareVerdict, "bound" | "unbound"> {
  readonly allowed: readonly ObservedValues[];
}

function boundOf(test: LitmusTest, flavour: Flavour, bounds: SearchBounds | undefined): Bound {
  const inC = flavour === "c" && test.dialect === "c";
  const long = inC ? tooLong(test) : undefined;
  if (long !== undefined) return { bound: undefined, unbound: long, allowed: [] };
  const asRun = flavour === "c" ? test : inJavaScript(test, flavour);
  const { states, race, bounded } = inC ? checkLitmus(asRun, rc11, bounds) : checkLitmus(asRun, tso, bounds);
  const unbound = race !== undefined
    ? "racy, nothing is promised"
    : bounded === undefined
    ? undefined
    : `what is allowed is not known, the search is not complete: ${bounded}`;
  return { bound: unbound !== undefined ? undefined : inC ? "c11" : "tso", unbound, allowed: states };
}

/** Runs one test in one flavour and compares with the model, which is searched within `bounds`. */
export async function checkOnHardware(
  test: LitmusTest,
  flavour: Flavour,
  runs: number,
  threads: LitmusThreads,
  bounds?: SearchBounds,
): Promise<HardwareVerdict> {
  const { bound, unbound, allowed } = boundOf(test, flavour, bounds);
  const strong = checkLitmus(test, sc, bounds);
  const strongKeys = new Set(strong.states.map(String));
  const result = await runOnHardware(test.program, flavour, runs, threads);
  const counts = new Map<string, { values: ObservedValues; count: number }>();
  for (const { final, count } of result.finals) {
    if (!passesFilter(test, final)) continue;
    const values = observedValues(test, final);
    const known = counts.get(String(values));
    counts.set(String(values), { values, count: count + (known?.count ?? 0) });
  }
  const seen = [...counts.values()].sort((first, second) => second.count - first.count);
  const allowedKeys = new Set(allowed.map(String));
  return {
    flavour,
    runs: result.runs,
    wanted: result.wanted,
    seen,
    bound,
    unbound,
    beyond: bound === undefined
      ? []
      : seen.map(({ values }) => values).filter((values) => !allowedKeys.has(String(values))),
    weak: strong.bounded !== undefined
      ? []
      : seen.map(({ values }) => values).filter((values) => !strongKeys.has(String(values))),
    unseen: allowed.filter((values) => !counts.has(String(values))),
    conclusive: seen.length >= Math.min(2, allowed.length),
  };
}

/** Several lines about one test in one flavour. */
export function showHardware(test: LitmusTest, verdict: HardwareVerdict): string {
  const { flavour, runs, seen, bound, unbound, beyond, weak, unseen, conclusive } = verdict;
  const name = flavour === "c" ? "C11" : flavour === "plain" ? "plain JavaScript" : "Atomics";
  const mark = (values: ObservedValues) => beyond.includes(values) ? "!" : weak.includes(values) ? "*" : " ";
  const state = conclusive ? beyond.length > 0 ? "BEYOND THE MODEL" : "within the model" : "inconclusive";
  return [
    `${test.name}  on this processor in ${name}  ${unbound ?? `${state} (${bound})`}  ${runs} runs`,
    ...seen.map(({ values, count }) => `  ${mark(values)} ${showValues(test, values)}  ${count}`),
    ...(unseen.length === 0
      ? []
      : [`  allowed and not seen: ${unseen.map((values) => showValues(test, values)).join(" | ")}`]),
  ].join("\n");
}
