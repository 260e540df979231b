/**
 * A mistake that needs a stage of its own does its damage on the running kernel, and the correct layer does not, in the
 * same few steps. The others are driven in lockstep.
 *
 * @module
 */
import { assertEquals, assertThrows } from "@std/assert";
import { entryFlag } from "../../ffi/io_uring.ts";
import { memfdCreate } from "../../ffi/memory.ts";
import { skipUnless } from "../../ffi/skip_unless.ts";
import { Fd, writeAt } from "../../ffi/uring_peer.ts";
import { LatePages, whyNoLatePages } from "../../ffi/userfaultfd.ts";
import { OwnedRing, Pool, whyNoUring } from "../uring.ts";
import { AlreadyEnds } from "./uring_already_ends.ts";

const missing = whyNoUring();
const uring = skipUnless("io_uring", missing);
const stopped = missing === undefined
  ? skipUnless("a read that is stopped in the middle", whyNoLatePages())
  : uring;

/** A read is stopped in the middle, cancelled, and lets go on after its cell was released, if the layer allows that. */
function releaseOnAlready(ringClass: typeof OwnedRing): { cancel: number; released: boolean; read: number } {
  using file = new Fd(memfdCreate("already"));
  writeAt(file.number, new Uint8Array(4096).fill(1), 0);
  using pool = new Pool({ cells: 1, cellBytes: 4096, whenFree: "unmap" });
  const cell = pool.take();
  using ring = new ringClass({ entries: 4 });
  using pages = new LatePages(cell.address, 4096);
  const target = ring.prepare({ kind: "read", fd: file.number, into: cell, offset: 0 });
  ring.ring.amend({ flags: entryFlag.ASYNC }); // by another thread: this one must not wait for the page
  ring.submit();
  assertEquals(pages.wait(5000), true);
  ring.prepare({ kind: "cancel", target });
  ring.submit(1);
  const [cancel] = ring.reap();
  let released = false;
  if (cell.holder === undefined) {
    cell.release();
    released = true;
  } else assertThrows(() => cell.release(), TypeError, "read #1 owns it until its last completion");
  pages.fill();
  ring.enter({ waitFor: 1 });
  const [read] = ring.reap();
  return { cancel: cancel!.result, released, read: read!.result };
}

Deno.test(
  "AlreadyEnds loses what was read: the kernel was still writing when the cancel came too late",
  stopped,
  () => {
    assertEquals(releaseOnAlready(AlreadyEnds), { cancel: -114, released: true, read: -14 });
    assertEquals(releaseOnAlready(OwnedRing), { cancel: -114, released: false, read: 4096 });
  },
);
