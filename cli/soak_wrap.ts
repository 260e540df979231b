/**
 * `deno task soak:wrap`: wraps the kernel's own counter. A full run takes from half an hour to a few hours; Ctrl-C
 * ends it with what it has shown so far.
 *
 * @module
 */
import { Command, CommanderError } from "commander";
import {
  fullWrapSends,
  wrapSoak,
  type WrapSoakProgress,
  type WrapSoakResult,
} from "../props/zerocopy_index/wrap_soak.ts";
import { exitCode, exitCodeFor, MissingError, UsageError } from "./exit_code.ts";
import { Interrupt } from "./interrupt.ts";
import { clearProgress, complain, print, progress } from "./output.ts";

const defaultReport = ".lockstep/soak_wrap.json";
const checkpointMs = 10_000;
const plainLineMs = 60_000;

function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}

function line(at: WrapSoakProgress): string {
  const share = at.sends / at.target;
  const width = 24;
  const full = Math.floor(share * width);
  return `${"█".repeat(full)}${"░".repeat(width - full)} ${(100 * share).toFixed(1)} %  ` +
    `${at.sends.toLocaleString("en-US")} sends  ${(at.sendsPerSecond / 1e6).toFixed(2)} M/s  ` +
    `${clock(at.remainingSeconds)} left  ${Math.round(at.rssBytes / 2 ** 20)} MiB`;
}

/** Keeps the result so far in a file, whole or not at all. */
class ReportFile {
  readonly #path: string;
  #lastMs = -Infinity;
  #wasWritten = false;
  /** Why the file could not be written the last time; absent when it could. */
  #why: string | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** Where the result is, or why it is nowhere. */
  get whereabouts(): string {
    return this.#why === undefined ? `written to ${this.#path}` : this.#complaint;
  }

  get isWritten(): boolean {
    return this.#why === undefined;
  }

  get #complaint(): string {
    return `Cannot keep the result in ${this.#path}: ${this.#why}`;
  }

  /** Writes when it is time. @throws {MissingError} at the first time: better to learn now than in an hour */
  checkpoint(nowMs: number, result: WrapSoakResult): void {
    if (nowMs - this.#lastMs < checkpointMs) return;
    this.#lastMs = nowMs;
    const knew = this.#why !== undefined;
    this.write(result);
    if (this.#why === undefined || knew) return;
    if (!this.#wasWritten) throw new MissingError(this.#complaint);
    complain(`${this.#complaint}; going on`);
  }

  /** Writes, or remembers why not: a result of hours is printed all the same. */
  write(result: WrapSoakResult): void {
    const path = this.#path;
    const text = JSON.stringify(
      { kernel: Deno.osRelease(), at: new Date().toISOString(), ...result },
      null,
      2,
    );
    try {
      if (path.includes("/")) {
        Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")) || "/", { recursive: true });
      }
      Deno.writeTextFileSync(`${path}.part`, `${text}\n`);
      Deno.renameSync(`${path}.part`, path);
      this.#wasWritten = true;
      this.#why = undefined;
    } catch (error) {
      this.#why = error instanceof Error ? error.message : String(error);
      try {
        Deno.removeSync(`${path}.part`);
      } catch {
        // It was never made.
      }
    }
  }
}

function summary(result: WrapSoakResult): string {
  const count = (value: number): string => value.toLocaleString("en-US");
  const mebibytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;
  const { rssBytes: memory } = result;
  return [
    `${count(result.sends)} of ${count(result.target)} sends in ${clock(result.seconds)}, ` +
    `${(result.sendsPerSecond / 1e6).toFixed(2)} M/s`,
    `${count(result.records)} notifications, ${count(result.outOfOrder)} out of order, ${
      count(result.copies)
    } sends copied for want of memory`,
    ...(result.lastRecords.length === 0
      ? []
      : [`${result.wrapped ? "around the wrap" : "the last"}: ${result.lastRecords.join(" ")}`]),
    ...(result.biasFaithful === undefined
      ? []
      : [`a biased socket gave ${result.biasFaithful ? "the same" : "OTHER"} records`]),
    `buffers lost: ${result.buffersLost}; memory ${mebibytes(memory.first)} at first, ${
      mebibytes(memory.last)
    } at last, ${mebibytes(memory.most)} at most`,
    ...result.problems.map((problem) => `problem: ${problem}`),
  ].join("\n");
}

async function soak(sends: number, path: string): Promise<number> {
  using interrupt = new Interrupt();
  const plain = !Deno.stderr.isTerminal();
  const report = new ReportFile(path);
  let lastLine = 0;
  const result = await wrapSoak({
    sends,
    signal: interrupt,
    onProgress(at, soFar) {
      const now = at.seconds * 1000;
      report.checkpoint(now, soFar);
      progress(line(at));
      if (plain && now - lastLine >= plainLineMs) {
        complain(line(at));
        lastLine = now;
      }
    },
  });
  clearProgress();
  report.write(result);
  print(summary(result));
  if (report.isWritten) print(report.whereabouts);
  else complain(report.whereabouts);
  if (result.problems.length > 0) return exitCode.diverged;
  if (!report.isWritten) return exitCode.environment;
  return result.complete ? exitCode.ok : exitCode.interrupted;
}

/** Runs the program with these words and returns the exit code. */
export async function soakWrap(words: readonly string[]): Promise<number> {
  const program = new Command("soak:wrap")
    .description(
      "send until the kernel's 32-bit zero-copy counter has wrapped, and show that nothing is lost",
    )
    .option("--sends <count>", "how many zero-copy sends", String(fullWrapSends))
    .option("--report <file>", "where the result is kept", defaultReport)
    .exitOverride()
    .configureOutput({ writeErr: (text) => complain(text.trimEnd()) });
  try {
    program.parse([...words], { from: "user" });
    const { sends, report } = program.opts<{ sends: string; report: string }>();
    if (!/^\d+$/.test(sends)) {
      throw new UsageError(`Cannot soak: --sends is ${sends}, must be a whole number`);
    }
    return await soak(Number(sends), report);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.ok : exitCode.usage;
    const known = error instanceof RangeError ? exitCode.usage : exitCodeFor(error);
    if (known === undefined || !(error instanceof Error)) throw error;
    complain(error.message);
    return known;
  }
}

if (import.meta.main) Deno.exit(await soakWrap(Deno.args));
