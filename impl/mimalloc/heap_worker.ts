/**
 * A thread that calls mimalloc: one call at a time when it is told to, or many at full speed, while blocks are
 * exchanged with other threads through shared memory.
 *
 * @module
 */
import { Rendezvous, rendezvousWords } from "../../ffi/shared_words.ts";
import { isFilled } from "../../ffi/filled.ts";
import { allocate, bytesOf, free, reallocate, usableBytes } from "./mimalloc.ts";

/** A message to the worker. */
export type HeapJob =
  | { readonly kind: "allocate"; readonly bytes: number; readonly alignment: number; readonly fill: number }
  | { readonly kind: "reallocate"; readonly address: bigint; readonly bytes: number; readonly fill: number }
  | { readonly kind: "free"; readonly address: bigint }
  | {
    readonly kind: "exchange";
    /** Memory that begins with a rendezvous; behind it `boxes` words of 64 bits. */
    readonly address: bigint;
    readonly bytes: number;
    readonly thread: number;
    readonly threads: number;
    readonly boxes: number;
    readonly rounds: number;
  };

/** The answer: where a block is now, how large, and whether its old contents came along; or what an exchange has seen. */
export type HeapJobDone =
  | { readonly kind: "block"; readonly address: bigint; readonly usable: number; readonly kept: boolean }
  | { readonly kind: "freed" }
  | {
    readonly kind: "exchanged";
    readonly rounds: number;
    readonly freedForOthers: number;
    readonly damaged: number;
  };

function filled(address: bigint, fill: number, kept: boolean): HeapJobDone {
  const usable = address === 0n ? 0 : usableBytes(address);
  if (usable > 0) bytesOf(address, usable).fill(fill);
  return { kind: "block", address, usable, kept };
}

function moved(address: bigint, bytes: number, fill: number): HeapJobDone {
  const before = usableBytes(address);
  const old = bytesOf(address, before)[0]!;
  const target = reallocate(address, bytes);
  if (target === 0n) return filled(target, fill, false);
  const kept = isFilled(target, Math.min(before, bytes), old);
  return filled(target, fill, kept);
}

const sizes = [8, 24, 40, 600, 4_000];

/** A block says in its first 16 bytes where it is and who made it, and is filled with one byte behind that. */
function makeBlock(thread: number, round: number): bigint {
  const bytes = 16 + sizes[round % sizes.length]!;
  const address = allocate(bytes, round % 7 === 0 ? 512 : 0);
  if (address === 0n) return 0n;
  const view = new DataView(bytesOf(address, bytes).buffer);
  view.setBigUint64(0, address);
  view.setUint32(8, bytes);
  view.setUint32(12, thread);
  bytesOf(address, bytes).fill(round & 255, 16);
  return address;
}

/** Frees a block and says whether it was damaged and whether another thread had made it. */
function takeBlock(
  address: bigint,
  thread: number,
): { readonly damaged: boolean; readonly foreign: boolean } {
  const head = new DataView(bytesOf(address, 16).buffer);
  const bytes = head.getUint32(8);
  const right = head.getBigUint64(0) === address && bytes >= 16 && bytes <= usableBytes(address);
  const body = right ? bytesOf(address, bytes).subarray(16) : new Uint8Array();
  const damaged = !right || body.some((byte) => byte !== body[0]);
  const foreign = head.getUint32(12) !== thread;
  if (!damaged) free(address);
  return { damaged, foreign };
}

function exchange(job: HeapJob & { readonly kind: "exchange" }): HeapJobDone {
  const buffer = Deno.UnsafePointerView.getArrayBuffer(Deno.UnsafePointer.create(job.address)!, job.bytes);
  const rendezvous = new Rendezvous(new Int32Array(buffer), job.thread, job.threads);
  const boxes = new BigUint64Array(buffer, rendezvousWords(job.threads) * 4, job.boxes);
  let [freedForOthers, damaged, round] = [0, 0, 0];
  const note = (address: bigint) => {
    if (address === 0n) return;
    const taken = takeBlock(address, job.thread);
    if (taken.damaged) damaged++;
    if (taken.foreign) freedForOthers++;
  };
  if (!rendezvous.meet()) return { kind: "exchanged", rounds: 0, freedForOthers, damaged };
  for (; round < job.rounds; round++) {
    const box = (round * 2_654_435_761 >>> 8) % job.boxes;
    note(Atomics.exchange(boxes, box, makeBlock(job.thread, round)));
  }
  rendezvous.meet();
  for (let box = job.thread; box < job.boxes; box += job.threads) note(Atomics.exchange(boxes, box, 0n));
  return { kind: "exchanged", rounds: round, freedForOthers, damaged };
}

/** Carries out one message. */
export function runHeapJob(job: HeapJob): HeapJobDone {
  switch (job.kind) {
    case "allocate":
      return filled(allocate(job.bytes, job.alignment), job.fill, true);
    case "reallocate":
      return moved(job.address, job.bytes, job.fill);
    case "free":
      free(job.address);
      return { kind: "freed" };
    case "exchange":
      return exchange(job);
  }
}

interface WorkerScope {
  onmessage: ((event: MessageEvent<HeapJob>) => void) | null;
  postMessage(message: HeapJobDone): void;
}

if (typeof (globalThis as { WorkerGlobalScope?: unknown }).WorkerGlobalScope !== "undefined") {
  const scope = globalThis as unknown as WorkerScope;
  scope.onmessage = ({ data }) => scope.postMessage(runHeapJob(data));
}
