/**
 * `litmus [file…] [--model sc|tso|c11|c++20] [--hardware] [--json]`: what the memory models
 * say about litmus tests, and what this processor does with them.
 *
 * @module
 */
import { z } from "zod";
import { counted } from "../../lockstep/counted.ts";
import type { LitmusVerdict } from "../../model/memory/check_litmus.ts";
import { checkLitmus, meets } from "../../model/memory/check_litmus.ts";
import type { LitmusTest } from "../../model/memory/litmus.ts";
import { LitmusError, parseLitmus } from "../../model/memory/litmus.ts";
import { rc11, rc11Cpp20 } from "../../model/memory/rc11.ts";
import { sc } from "../../model/memory/sc.ts";
import { tso } from "../../model/memory/tso.ts";
import { readCatalogue } from "./catalogue.ts";
import { LitmusThreads } from "../../impl/litmus/run_on_hardware.ts";
import { checkOnHardware, missingFor, showHardware, tooLong } from "./hardware.ts";
import { answerWord, showAnswer } from "./litmus_report.ts";

/** Options of {@link litmusCommand}. */
export interface LitmusOptions {
  /** Litmus files; none = the catalogue. */
  readonly files: readonly string[];
  /** The models to ask; none = all three. */
  readonly models: readonly ModelName[];
  /** Also run the tests on this processor. */
  readonly hardware: boolean;
  /** One JSON object instead of text. */
  readonly json: boolean;
}

/** Models by the words of the command line; `c11` has the release sequences of C11, `c++20` those of C++20. */
export type ModelName = "sc" | "tso" | "c11" | "c++20";
const modelName = z.enum(["sc", "tso", "c11", "c++20"]);

/** What `--help` prints. */
export const litmusHelp = `Usage: deno task litmus [file…] [--model <name>]… [--hardware] [--json]

Say what memory models allow for litmus tests in the X86, X86_64 and C dialects: the files, or the catalogue.

  --model <name>  sc     sequential consistency
                  tso    x86-TSO
                  c11    RC11, where later stores of the same thread continue a release sequence, as in C11
                  c++20  RC11, where only read-modify-writes continue a release sequence, as in C++20
                  may be given several times; sc, tso and c11 when absent
  --hardware      also run the tests on this processor: plain JavaScript, Atomics, and C where a compiler is
  --json          print one JSON document

Exit codes: 0 as the catalogue expects, 1 a verdict differs or the processor went beyond the model,
2 a file could not be read or asks nothing.`;

/** Reads command-line words. @throws {TypeError} for an unknown option or model. */
export function litmusOptions(words: readonly string[]): LitmusOptions {
  const files: string[] = [];
  const models: ModelName[] = [];
  let [hardware, json] = [false, false];
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (word === "--hardware") hardware = true;
    else if (word === "--json") json = true;
    else if (word === "--model" || word.startsWith("--model=")) {
      const value = word === "--model" ? words[++at] ?? "" : word.slice("--model=".length);
      const parsed = modelName.safeParse(value);
      if (!parsed.success) {
        throw new TypeError(
          `Cannot run litmus: --model is ${JSON.stringify(value)}, must be sc, tso, c11 or c++20`,
        );
      }
      models.push(parsed.data);
    } else if (word.startsWith("-")) {
      throw new TypeError(
        `Cannot run litmus: unknown option ${word}, accepted are --model, --hardware, --json and --help`,
      );
    } else files.push(word);
  }
  return { files, models, hardware, json };
}

/** Why a test has no meaning under a model, or can not be answered by it; undefined = it can be asked. */
function notApplicable(test: LitmusTest, model: ModelName): string | undefined {
  if (model === "sc" || model === "tso") return undefined;
  if (test.dialect === "x86") {
    return "an x86 test says which instructions run, not which C11 orders they were made of; ask sc or tso";
  }
  return tooLong(test);
}

/** What one model says about a test. */
function askModel(test: LitmusTest, model: ModelName): LitmusVerdict {
  switch (model) {
    case "sc":
      return checkLitmus(test, sc);
    case "tso":
      return checkLitmus(test, tso);
    case "c11":
      return checkLitmus(test, rc11);
    case "c++20":
      return checkLitmus(test, rc11Cpp20);
  }
}

/** One test on the command line, with the catalogue's expectation where there is one. */
interface Task {
  readonly file: string;
  readonly test: LitmusTest;
  readonly expected: Readonly<Partial<Record<ModelName, string>>>;
}

function tasksOf({ files }: LitmusOptions): { tasks: Task[]; problems: string[]; refused: number } {
  if (files.length === 0) {
    const tasks = readCatalogue().map(({ file, test, expected }) => ({
      file,
      test,
      expected: { ...expected, "c++20": expected.cpp20 },
    }));
    return { tasks, problems: [], refused: 0 };
  }
  const tasks: Task[] = [];
  const problems: string[] = [];
  let refused = 0;
  for (const file of files) {
    const { test, problem } = readTest(file);
    if (test !== undefined) tasks.push({ file, test, expected: {} });
    else refused++;
    if (problem !== undefined) problems.push(problem);
  }
  return { tasks, problems, refused };
}

/** More than any litmus test has. */
const mostBytes = 1_000_000;

function readSource(file: string): string {
  if (file === "") throw new RangeError("its name is empty");
  const { isDirectory, isCharDevice, isBlockDevice, size } = Deno.statSync(file);
  if (isDirectory) throw new RangeError("it is a folder");
  if (isCharDevice || isBlockDevice) throw new RangeError("it is a device");
  if (size > mostBytes) throw new RangeError(`it has ${size} bytes, must be at most ${mostBytes}`);
  return Deno.readTextFileSync(file);
}

/** Why a file can not be read; all that the system says against it is no fault of this program. */
function unreadable(error: unknown): string {
  if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
    return "there is no such file";
  }
  if (error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable) {
    return "it may not be read";
  }
  return error instanceof Error ? error.message : String(error);
}

/** Reads a file. One that only lacks a condition has final states and races all the same. */
function readTest(file: string): { readonly test?: LitmusTest; readonly problem?: string } {
  let source: string;
  try {
    source = readSource(file);
  } catch (error) {
    return { problem: `Cannot read litmus test ${file}: ${unreadable(error)}` };
  }
  try {
    return { test: parseLitmus(file, source) };
  } catch (error) {
    if (!(error instanceof LitmusError)) throw error;
    try {
      const test = parseLitmus(file, source, { conditionOptional: true });
      return { test, problem: `${error.message}; told are its final states and races` };
    } catch {
      return { problem: error.message };
    }
  }
}

const letters = (verdict: LitmusVerdict) =>
  (verdict.observation === "Never" ? "F" : "A") + (verdict.race === undefined ? "" : "!race");

const hardwareRuns = 10_000;

/** Runs every test on this processor; answers how often it went beyond the model. */
async function runHardware(
  tasks: readonly Task[],
  json: boolean,
  print: (line: string) => void,
): Promise<{ beyond: number; results: unknown[] }> {
  using threads = new LitmusThreads();
  const results: unknown[] = [];
  let beyond = 0;
  for (const flavour of ["plain", "atomics", "c"] as const) {
    const missing = await missingFor(flavour);
    if (missing !== undefined) {
      if (json) results.push({ flavour, skipped: missing });
      else print(`skipped ${flavour}: ${missing}`);
      continue;
    }
    for (const { test } of tasks) {
      const verdict = await checkOnHardware(test, flavour, hardwareRuns, threads);
      beyond += verdict.beyond.length;
      if (json) results.push({ test: test.name, ...verdict });
      else print(showHardware(test, verdict));
    }
  }
  return { beyond, results };
}

/**
 * Runs the command and answers its exit code: 0 = done and as the catalogue expects, 1 = a verdict differs from the
 * catalogue or the processor went beyond the model, 2 = a file could not be read. `print` gets one or more lines at a time.
 */
export async function litmusCommand(options: LitmusOptions, print: (line: string) => void): Promise<number> {
  const { tasks, problems, refused } = tasksOf(options);
  if (!options.json) { for (const problem of problems) print(problem); }
  const models = options.models.length > 0 ? options.models : (["sc", "tso", "c11"] as const);
  const results: unknown[] = [];
  let [wrong, asked, skipped] = [0, 0, 0];
  for (const { file, test, expected } of tasks) {
    for (const model of models) {
      const reason = notApplicable(test, model);
      if (reason !== undefined) {
        skipped++;
        if (options.json) results.push({ file, test: test.name, model, answer: "n/a", reason });
        else print(`${test.name}  ${model}  n/a: ${reason}`);
        continue;
      }
      asked++;
      const verdict = askModel(test, model);
      const differs = expected[model] !== undefined && expected[model] !== letters(verdict);
      if (differs) wrong++;
      if (options.json) {
        const { states, ...rest } = verdict;
        results.push({
          file,
          test: test.name,
          model,
          answer: answerWord(verdict),
          observed: test.observed.map(({ name }) => name),
          states,
          ...rest,
        });
      } else {
        const met = (index: number) =>
          meets(test.condition, (observed) => verdict.states[index]![test.observed.indexOf(observed)]!);
        print(
          showAnswer(test, { model, verdict }, met) +
            (differs ? `\n  WRONG: the catalogue says ${expected[model]}` : ""),
        );
      }
    }
  }
  const hardware = options.hardware
    ? await runHardware(tasks, options.json, print)
    : { beyond: 0, results: [] };
  if (options.json) {
    print(
      JSON.stringify({
        results,
        ...(options.hardware ? { hardware: hardware.results } : {}),
        refused,
        problems,
        wrong,
      }),
    );
  } else {
    const ran = options.hardware ? `, ${hardware.beyond} states beyond the model on this processor` : "";
    print(
      `${counted(tasks.length, "test")}, ${counted(asked, "verdict")}, ${wrong} against the catalogue, ${
        counted(refused, "file")
      } refused` +
        (problems.length > refused ? `, ${problems.length - refused} without a condition` : "") +
        (skipped > 0 ? `, ${skipped} n/a` : "") + ran,
    );
  }
  return problems.length > 0 ? 2 : wrong > 0 || hardware.beyond > 0 ? 1 : 0;
}
