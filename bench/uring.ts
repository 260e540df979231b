/**
 * How fast the TypeScript ring is, and what the ownership layer costs: `deno run -A bench/uring.ts`.
 *
 * Rates are per second of processor time, user and system, and medians of rounds that run each variant in turn, so
 * that they hold on a busy machine. The file is read from the page cache; the lockstep rates are by the clock.
 *
 * @module
 */
import process from "node:process";
import { opcode } from "../ffi/io_uring.ts";
import { Fd, openFile, readAtPointer } from "../ffi/uring_peer.ts";
import { whyNoLiburing } from "../ffi/liburing.ts";
import { OwnedRing, Pool, Ring, type RingOptions } from "../impl/uring.ts";
import { LiburingRing } from "../impl/uring/liburing_ring.ts";
import { sidesOf } from "../lockstep/check/sides.ts";
import { lockstep } from "../lockstep/drive/lockstep.ts";
import { bufferOwnershipProtocol, ownershipClasses } from "../props/buffer_ownership.ts";

const [batch, rounds, nops, reads, blockBytes] = [32, 15, 400_000, 100_000, 4096];

/** Per second of this process's time: what others do on the machine does not count. */
function perSecond(count: number, body: () => void): number {
  const before = process.cpuUsage();
  body();
  const { user, system } = process.cpuUsage(before);
  return count / (user + system) * 1e6;
}

/** Our own ring, or one through liburing. */
type RingClass = new (options: RingOptions) => Ring;

function nopRate(ringClass: RingClass): number {
  using ring = new ringClass({ entries: batch });
  let seen = 0;
  const visit = (): void => void seen++;
  return perSecond(nops, () => {
    while (seen < nops) {
      for (let index = 0; index < batch; index++) ring.put(0, -1, 0, 0, 0, 0, index);
      ring.submit();
      ring.reap(visit);
    }
  });
}

function plainReadRate(fd: number, pool: Pool): number {
  const pointers = pool.cells.map(({ address }) => Deno.UnsafePointer.create(BigInt(address)));
  return perSecond(reads, () => {
    for (let count = 0; count < reads; count++) {
      const index = count % batch;
      readAtPointer(fd, pointers[index]!, blockBytes, index * blockBytes);
    }
  });
}

function ringReadRate(fd: number, pool: Pool, ringClass: RingClass): number {
  using ring = new ringClass({ entries: batch });
  let seen = 0;
  const visit = (_userData: number, result: number): void => {
    if (result !== blockBytes) throw new Error(`Cannot measure: a read answered ${result}`);
    seen++;
  };
  return perSecond(reads, () => {
    while (seen < reads) {
      for (let index = 0; index < batch; index++) {
        ring.put(opcode.read, fd, pool.cells[index]!.address, blockBytes, index * blockBytes, 0, index);
      }
      ring.submit(batch);
      ring.reap(visit);
    }
  });
}

function ownedReadRate(fd: number, pool: Pool): number {
  using ring = new OwnedRing({ entries: batch });
  let seen = 0;
  return perSecond(reads, () => {
    while (seen < reads) {
      for (let index = 0; index < batch; index++) {
        ring.prepare({ kind: "read", fd, into: pool.cells[index]!, offset: index * blockBytes });
      }
      ring.submit(batch);
      for (const { result } of ring.reap()) {
        if (result !== blockBytes) throw new Error(`Cannot measure: a read answered ${result}`);
        seen++;
      }
    }
  });
}

async function commandRate(scope: string): Promise<number> {
  const sides = sidesOf(bufferOwnershipProtocol.scopes[scope]!());
  const start = performance.now();
  const { commands } = await lockstep(sides, { cases: 300, commandsPerCase: 40, seed: 6 });
  return commands / (performance.now() - start) * 1000;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

if (import.meta.main) {
  const path = new URL("../.lockstep/bench-uring", import.meta.url).pathname;
  await Deno.mkdir(new URL("../.lockstep/", import.meta.url), { recursive: true });
  await Deno.writeFile(path, new Uint8Array(batch * blockBytes).fill(1));
  using pool = new Pool({ cells: batch, cellBytes: blockBytes });
  for (let index = 0; index < batch; index++) pool.take();
  using file: Fd = openFile(path);
  await Deno.remove(path);
  const library = whyNoLiburing();
  const variants: Readonly<Record<string, () => number>> = {
    "NOPs, ring": () => nopRate(Ring),
    ...(library === undefined ? { "NOPs, through liburing": () => nopRate(LiburingRing) } : {}),
    "4 KiB reads, pread through FFI": () => plainReadRate(file.number, pool),
    ...(library === undefined
      ? { "4 KiB reads, through liburing": () => ringReadRate(file.number, pool, LiburingRing) }
      : {}),
    "4 KiB reads, ring": () => ringReadRate(file.number, pool, Ring),
    "4 KiB reads, owned ring": () => ownedReadRate(file.number, pool),
  };
  const rates: Record<string, number[]> = {};
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(variants)) (rates[name] ??= []).push(run());
  }
  const lines = Object.entries(rates).map(([name, values]) =>
    `${name.padEnd(34)} ${(median(values) / 1e6).toFixed(2)} M/s`
  );
  const ratios = rates["4 KiB reads, owned ring"]!.map((rate, round) =>
    rates["4 KiB reads, ring"]![round]! / rate
  );
  if (library !== undefined) lines.push(`not measured through liburing: ${library}`);
  lines.push(`cost of the ownership layer        ${((median(ratios) - 1) * 100).toFixed(1)} % of a read`);
  for (
    const scope of (Deno.args.includes("--reads") ? [] : ownershipClasses)
  ) {
    lines.push(`${`lockstep, ${scope}`.padEnd(34)} ${Math.round(await commandRate(scope))} commands/s`);
  }
  await Deno.stdout.write(new TextEncoder().encode(`${lines.join("\n")}\n`));
}
