/**
 * One question to the running kernel: when does spoiling the memory behind a pointer still change what happens?
 *
 * Every request is linked behind the read of a pipe, so that its entry is fetched long before it is carried out.
 * The memory is spoiled at one moment, and the outcome compared with that of an undisturbed run.
 *
 * @module
 */
import { errnoName } from "../../ffi/errno.ts";
import { completionFlag } from "../../ffi/io_uring.ts";
import { readMemory, Region } from "../../ffi/region.ts";
import { openPipe, writeNow } from "../../ffi/uring_peer.ts";
import { type Entry, prepare } from "../../impl/uring/prepare.ts";
import { type Completion, Ring } from "../../impl/uring/ring.ts";
import type { LifetimeClass } from "../../model/buffer_ownership/lifetime_class.ts";

/** When the memory is spoiled. */
export type Moment = "never" | "before-submit" | "after-submit" | "after-completion";

/** How the memory is spoiled: its pages are taken away, or it says something else. */
export type Spoiling = "unmap" | "change";

/** Memory behind a pointer, in pages of its own. */
export interface PointedTo {
  readonly region: Region;
  /** Writes something else, and `changed` says what; absent where the kernel only writes. */
  readonly change?: () => void;
  readonly changed?: string;
}

/** A request that is ready to be put into a ring, with everything that belongs to it. */
export interface Trial {
  readonly entry: Entry;
  readonly pointers: Readonly<Record<string, PointedTo>>;
  /** Makes the peer do what the request waits for, once the request is carried out. */
  trigger?(): void;
  /** Says what has happened, in words that are the same for every run with the same outcome. */
  outcome(result: number): string;
  /** The gate stays shut: the entry says something about it. */
  readonly aboutTheGate?: boolean;
}

/** What a trial opens things with; all of it is closed after the run. */
export interface Bench {
  readonly ring: Ring;
  readonly stack: DisposableStack;
  /** Zeroed pages with these first bytes. */
  memory(content?: ArrayLike<number>, pages?: number): Region;
}

/** An operation that can be tried again and again. */
export interface TriedOperation {
  readonly operation: string;
  open(bench: Bench): Trial;
}

/** What the kernel has answered about one pointer. */
export interface Finding {
  readonly operation: string;
  readonly pointer: string;
  /** `"never-read"`: no spoiling changed anything. */
  readonly verdict: LifetimeClass | "never-read";
  /** The last disturbance that mattered, and what came of it. */
  readonly evidence: string;
  /** The disturbance after it, which did not matter, when there was one. */
  readonly harmless?: string;
}

const [GATE, TARGET] = [1, 2];

/** Bytes of memory by address; `undefined` when it can not be read. */
export function peek(region: Region, bytes: number): Uint8Array<ArrayBuffer> | undefined {
  return readMemory(region.address, bytes);
}

/** A result in words: the name of an errno, or what a good result means. */
export function inWords(result: number, good: string): string {
  return result < 0 ? errnoName(-result) : good;
}

/** Runs `tried` once and spoils `pointer` at `moment`. */
export function tryOnce(tried: TriedOperation, pointer: string, spoiling: Spoiling, moment: Moment): string {
  using stack = new DisposableStack();
  const bench: Bench = {
    ring: new Ring({ entries: 8 }),
    stack,
    memory(content = [], pages = 1) {
      const region = stack.use(Region.anonymous(pages * 4096));
      new Uint8Array(region.buffer).set(content);
      return region;
    },
  };
  const { ring } = bench;
  const [gateReader, gateWriter] = openPipe();
  stack.use(gateReader);
  stack.use(gateWriter);
  const gateByte = bench.memory();
  const trial = tried.open(bench);
  stack.defer(() => quieten(ring));
  const spoil = (): void => {
    const { region, change } = trial.pointers[pointer]!;
    if (spoiling === "unmap") region.protect(0, region.bytes, "none");
    else change!();
  };
  const gate: Entry = {
    kind: "read",
    fd: gateReader.number,
    address: gateByte.address,
    bytes: 1,
    offset: -1,
  };
  prepare(ring, gate, GATE, true);
  prepare(ring, trial.entry, TARGET);
  if (moment === "before-submit") spoil();
  ring.submit();
  if (moment === "after-submit") spoil();
  const completions: Completion[] = [];
  if (trial.aboutTheGate !== true) {
    writeNow(gateWriter.number, new Uint8Array(1));
    awaitCompletion(ring, completions, GATE);
  }
  if (!completions.some(({ userData }) => userData === TARGET)) trial.trigger?.();
  const first = awaitCompletion(ring, completions, TARGET);
  if (moment === "after-completion") spoil();
  return trial.outcome(first.result);
}

/** Whether the first completion of `tried` leaves something to come. */
export function hasNotification(tried: TriedOperation): boolean {
  return tried.operation.endsWith("-zc");
}

/** Finds the last moment at which spoiling `pointer` of `tried` matters. */
export function findLifetime(tried: TriedOperation, pointer: string): Finding {
  const { operation } = tried;
  const changed = describe(tried, pointer);
  const spoilings: Spoiling[] = changed === undefined ? ["unmap"] : ["change", "unmap"];
  const undisturbed = tryOnce(tried, pointer, "unmap", "never");
  const moments: [Moment, LifetimeClass][] = [["after-submit", "until-completion"], [
    "before-submit",
    "until-submit",
  ]];
  if (hasNotification(tried)) moments.unshift(["after-completion", "until-notification"]);
  let harmless: string | undefined;
  for (const [moment, verdict] of moments) {
    for (const spoiling of spoilings) {
      const how = `${spoiling === "unmap" ? "unmapped" : changed} ${moment.replace("-", " ")}`;
      const outcome = tryOnce(tried, pointer, spoiling, moment);
      if (outcome !== undisturbed) {
        const evidence = `${how}: ${outcome}`;
        return { operation, pointer, verdict, evidence, ...(harmless === undefined ? {} : { harmless }) };
      }
      harmless = `${how}: ${outcome}`;
    }
  }
  return { operation, pointer, verdict: "never-read", evidence: harmless! };
}

/** The pointers of `tried`. */
export function pointersOf(tried: TriedOperation): readonly string[] {
  return withTrial(tried, (trial) => Object.keys(trial.pointers));
}

function describe(tried: TriedOperation, pointer: string): string | undefined {
  return withTrial(tried, (trial) => trial.pointers[pointer]!.changed);
}

function withTrial<Result>(tried: TriedOperation, use: (trial: Trial) => Result): Result {
  using stack = new DisposableStack();
  const ring = stack.use(new Ring({ entries: 8 }));
  const memory = (_content?: ArrayLike<number>, pages = 1): Region =>
    stack.use(Region.anonymous(pages * 4096));
  return use(tried.open({ ring, stack, memory }));
}

function awaitCompletion(ring: Ring, seen: Completion[], userData: number): Completion {
  for (let round = 0; round < 100; round++) {
    seen.push(...ring.completions());
    const found = seen.find((completion) => completion.userData === userData);
    if (found !== undefined) return found;
    ring.wait(1, 100);
  }
  throw new Error(
    `Cannot finish an experiment: no completion of ${userData === GATE ? "the gate" : "the request"}`,
  );
}

/** Cancels what is left and closes, so that no page is given back while the kernel may touch it. */
function quieten(ring: Ring): void {
  ring.retract();
  prepare(ring, { kind: "cancel-any" }, GATE + TARGET);
  ring.submit(1);
  for (let round = 0; round < 20; round++) {
    const last = ring.completions().every(({ flags }) => (flags & completionFlag.MORE) === 0);
    if (!ring.wait(1, 2) && last) break;
  }
  ring[Symbol.dispose]();
}
