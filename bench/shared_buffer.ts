/**
 * What it costs to hand a buffer on: `bufferToFd` beside a plain copy and beside a pipe.
 *
 * Per size and way, the time of one whole transfer on one thread:
 * - `memcpy, warm`: a copy into memory that is already there: what a copy costs at least;
 * - `memcpy, fresh`: a copy into newly allocated memory, whose pages the kernel has to find and clear first;
 * - `bufferToFd`: create, copy, seal, and close;
 * - `bufferToFd + open`: the same, and the consumer maps it and looks at one byte of every page;
 * - `pipe write`: the producer's half only, in pieces of at most 1 MiB (the largest buffer an ordinary user may have);
 * - `pipe, both ends`: with the consumer's copy out of it.
 *
 * The ways take turns within each round; the table shows medians in microseconds, and ratios to `memcpy, fresh`.
 *
 *     deno run -A bench/shared_buffer.ts [rounds]
 *
 * @module
 */
import { closeFd } from "../ffi/memory.ts";
import { openPipe, readFull, writeAll } from "../ffi/stream.ts";
import { bufferToFd, openShared } from "../impl/shared_buffer.ts";

const sizes = [2 ** 12, 2 ** 16, 2 ** 20, 2 ** 24, 2 ** 26];
const pieceBytes = 2 ** 20;
const pageBytes = 4096;

/** Keeps what was read alive, so that reading is not optimised away. */
let sum = 0;

function mappedByConsumer(source: Uint8Array<ArrayBuffer>): void {
  const fd = bufferToFd(source);
  {
    using view = openShared(fd);
    for (let at = 0; at < view.bytes.length; at += pageBytes) sum += view.bytes[at]!;
  }
  closeFd(fd);
}

/** Milliseconds of the writes, and of writes and reads, through a pipe. */
function throughPipe(
  pipe: { readonly readFd: number; readonly writeFd: number },
  source: Uint8Array<ArrayBuffer>,
  target: Uint8Array<ArrayBuffer>,
): { writeMs: number; bothMs: number } {
  let writeMs = 0;
  let bothMs = 0;
  for (let at = 0; at < source.length; at += pieceBytes) {
    const end = Math.min(at + pieceBytes, source.length);
    const began = performance.now();
    writeAll(pipe.writeFd, source.subarray(at, end));
    const written = performance.now();
    readFull(pipe.readFd, target.subarray(at, end));
    writeMs += written - began;
    bothMs += performance.now() - began;
  }
  return { writeMs, bothMs };
}

const ways = [
  "memcpy, warm",
  "memcpy, fresh",
  "bufferToFd",
  "bufferToFd + open",
  "pipe write",
  "pipe, both ends",
] as const;
type Way = typeof ways[number];

function median(values: readonly number[]): number {
  return values.toSorted((first, second) => first - second)[Math.floor(values.length / 2)]!;
}

function time(repetitions: number, body: () => void): number {
  const began = performance.now();
  for (let repetition = 0; repetition < repetitions; repetition++) body();
  return (performance.now() - began) * 1000 / repetitions;
}

/** Medians in microseconds for one size. */
function measure(bytes: number, rounds: number): Record<Way, number> {
  const source = new Uint8Array(bytes).fill(7);
  const target = new Uint8Array(bytes);
  const pipe = openPipe(pieceBytes);
  const repetitions = Math.max(1, Math.min(500, Math.floor(2 ** 24 / bytes)));
  const found: Record<Way, number[]> = {
    "memcpy, warm": [],
    "memcpy, fresh": [],
    "bufferToFd": [],
    "bufferToFd + open": [],
    "pipe write": [],
    "pipe, both ends": [],
  };
  for (let round = 0; round < rounds; round++) {
    found["memcpy, warm"].push(time(repetitions, () => target.set(source)));
    found["memcpy, fresh"].push(time(repetitions, () => sum += source.slice()[bytes - 1]!));
    found["bufferToFd"].push(time(repetitions, () => closeFd(bufferToFd(source))));
    found["bufferToFd + open"].push(time(repetitions, () => mappedByConsumer(source)));
    let [writeMs, bothMs] = [0, 0];
    for (let repetition = 0; repetition < repetitions; repetition++) {
      const times = throughPipe(pipe, source, target);
      writeMs += times.writeMs;
      bothMs += times.bothMs;
    }
    found["pipe write"].push(writeMs * 1000 / repetitions);
    found["pipe, both ends"].push(bothMs * 1000 / repetitions);
  }
  closeFd(pipe.readFd);
  closeFd(pipe.writeFd);
  return Object.fromEntries(ways.map((way) => [way, median(found[way])])) as Record<Way, number>;
}

function label(bytes: number): string {
  return bytes >= 2 ** 20 ? `${bytes / 2 ** 20} MiB` : `${bytes / 2 ** 10} KiB`;
}

if (import.meta.main) {
  const rounds = Number(Deno.args[0] ?? 7);
  const lines = [["size", ...ways].map((text) => text.padStart(18)).join("")];
  for (const bytes of sizes) {
    const found = measure(bytes, rounds);
    const cells = ways.map((way) =>
      `${found[way].toFixed(1)} (${(found[way] / found["memcpy, fresh"]).toFixed(2)})`
    );
    lines.push([label(bytes), ...cells].map((text) => text.padStart(18)).join(""));
  }
  lines.push(`checksum ${sum % 251}`);
  Deno.stdout.writeSync(new TextEncoder().encode(lines.join("\n") + "\n"));
}
