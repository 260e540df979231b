/**
 * Each mistake does its damage, and the correct ring does not, in the same few steps.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import {
  type Lease,
  type LeaseRing,
  type LeaseRingOptions,
  type LeaseRingParts,
  openLeaseRing,
} from "../lease_ring.ts";
import { absoluteRelease } from "./lease_ring_absolute_release.ts";
import { copyFreesOlder } from "./lease_ring_copy_frees_older.ts";
import { counterOrder } from "./lease_ring_counter_order.ts";
import { dropFreesOlder } from "./lease_ring_drop_frees_older.ts";
import { eagerStart } from "./lease_ring_eager_start.ts";
import { exactFill } from "./lease_ring_exact_fill.ts";
import { holeForgotten } from "./lease_ring_hole_forgotten.ts";
import { lateCopy } from "./lease_ring_late_copy.ts";
import { lateReleaseBackwards } from "./lease_ring_late_release_backwards.ts";
import { neverFreed } from "./lease_ring_never_freed.ts";
import { releaseByCount } from "./lease_ring_release_by_count.ts";
import { restartOverStart } from "./lease_ring_restart_over_start.ts";
import { splitRepeatsFront } from "./lease_ring_split_repeats_front.ts";
import { staleLeaseServed } from "./lease_ring_stale_lease_served.ts";

function message(lengthBytes: number, tag: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: lengthBytes }, (_, index) => tag * 16 + index);
}

function write(ring: LeaseRing, lengthBytes: number, tag: number): string {
  return ring.writer.write(message(lengthBytes, tag)) ? "written" : "full";
}

function receive(ring: LeaseRing): Lease {
  return ring.reader.receive()!;
}

function contents(bytes: Uint8Array | undefined, tag: number): string {
  if (bytes === undefined) return "absent";
  return message(bytes.length, tag).every((byte, index) => byte === bytes[index]) ? "intact" : "damaged";
}

/** What the scenario shows in the correct ring and with the mistake. */
function both<T>(
  parts: LeaseRingParts,
  options: Partial<LeaseRingOptions>,
  scenario: (ring: LeaseRing) => T,
): readonly [T, T] {
  using correct = openLeaseRing({ capacityBytes: 16, ...options });
  using mistaken = openLeaseRing({ capacityBytes: 16, ...options }, parts);
  return [scenario(correct), scenario(mistaken)];
}

Deno.test("eagerStart lets the writer overwrite a message that is lent", () => {
  const seen = both(eagerStart, {}, (ring) => {
    write(ring, 8, 1);
    const lease = receive(ring);
    return [write(ring, 10, 2), contents(lease.bytes, 1)];
  });
  assertEquals(seen, [["full", "intact"], ["written", "damaged"]]);
});

Deno.test("lateCopy copies what the writer has written meanwhile", () => {
  const seen = both(lateCopy, { startBytes: 12 }, (ring) => {
    write(ring, 9, 1);
    const lease = receive(ring);
    const before = contents(lease.bytes, 1);
    return [before, write(ring, 15, 2), contents(lease.bytes, 1)];
  });
  assertEquals(seen, [["intact", "written", "intact"], ["intact", "written", "damaged"]]);
});

Deno.test("absoluteRelease gives an older lease's bytes away", () => {
  const seen = both(absoluteRelease, {}, (ring) => {
    write(ring, 4, 1);
    write(ring, 4, 2);
    const [older, younger] = [receive(ring), receive(ring)];
    younger.release();
    return [write(ring, 11, 3), contents(older.bytes, 1)];
  });
  assertEquals(seen, [["full", "intact"], ["written", "damaged"]]);
});

Deno.test("copyFreesOlder gives an older lease's bytes away", () => {
  const seen = both(copyFreesOlder, { startBytes: 8 }, (ring) => {
    write(ring, 4, 1);
    const older = receive(ring);
    write(ring, 7, 2);
    receive(ring);
    return [write(ring, 12, 3), contents(older.bytes, 1)];
  });
  assertEquals(seen, [["full", "intact"], ["written", "damaged"]]);
});

Deno.test("lateReleaseBackwards lets the writer overwrite an unread message", () => {
  const seen = both(lateReleaseBackwards, {}, (ring) => {
    write(ring, 2, 1);
    const late = receive(ring);
    late.expire();
    write(ring, 8, 2);
    receive(ring).release();
    write(ring, 8, 3);
    const answer = late.release();
    return [answer, write(ring, 9, 4), contents(ring.reader.peek(0), 3)];
  });
  assertEquals(seen, [[false, "full", "intact"], [false, "written", "damaged"]]);
});

Deno.test("exactFill makes a full ring look empty to the writer", () => {
  const seen = both(exactFill, {}, (ring) => {
    write(ring, 4, 1);
    const filled = write(ring, 12, 2);
    return [filled, write(ring, 13, 3), contents(ring.reader.peek(0), 1)];
  });
  assertEquals(seen, [["full", "full", "intact"], ["written", "written", "damaged"]]);
});

Deno.test("neverFreed fills the ring for ever", () => {
  const seen = both(neverFreed, {}, (ring) => {
    write(ring, 10, 1);
    receive(ring).release();
    return write(ring, 10, 2);
  });
  assertEquals(seen, ["written", "full"]);
});

Deno.test("dropFreesOlder gives an older lease's bytes away", () => {
  const seen = both(dropFreesOlder, {}, (ring) => {
    write(ring, 4, 1);
    write(ring, 4, 2);
    const older = receive(ring);
    ring.reader.drop();
    return [write(ring, 11, 3), contents(older.bytes, 1)];
  });
  assertEquals(seen, [["full", "intact"], ["written", "damaged"]]);
});

Deno.test("restartOverStart overwrites the unread message at the start", () => {
  const seen = both(restartOverStart, { startBytes: 4 }, (ring) => {
    write(ring, 8, 1);
    return [write(ring, 7, 2), contents(ring.reader.peek(0), 1)];
  });
  assertEquals(seen, [["written", "intact"], ["written", "damaged"]]);
});

Deno.test("holeForgotten loses the bytes of the hole", () => {
  const seen = both(holeForgotten, { startBytes: 14 }, (ring) => {
    write(ring, 4, 1);
    receive(ring).release();
    return [ring.startBytes, write(ring, 14, 2)];
  });
  assertEquals(seen, [[4, "written"], [2, "full"]]);
});

Deno.test("staleLeaseServed shows the bytes of the next message", () => {
  const seen = both(staleLeaseServed, {}, (ring) => {
    write(ring, 8, 1);
    const lease = receive(ring);
    lease.expire();
    write(ring, 12, 2);
    try {
      return contents(lease.bytes, 1);
    } catch (error) {
      return String(error);
    }
  });
  assertEquals(seen, ["StaleLeaseError: Cannot use lease: it is expired", "damaged"]);
});

Deno.test("releaseByCount gives the oldest lease's bytes away", () => {
  const seen = both(releaseByCount, {}, (ring) => {
    write(ring, 4, 1);
    write(ring, 4, 2);
    const [older, younger] = [receive(ring), receive(ring)];
    younger.release();
    return [write(ring, 11, 3), contents(older.bytes, 1)];
  });
  assertEquals(seen, [["full", "intact"], ["written", "damaged"]]);
});

Deno.test("counterOrder reads nothing once the published count has wrapped", () => {
  const seen = both(counterOrder, { messageCounter: 0xffff_ffff }, (ring) => {
    write(ring, 4, 1);
    return contents(ring.reader.receive()?.bytes, 1);
  });
  assertEquals(seen, ["intact", "absent"]);
});

Deno.test("splitRepeatsFront writes other bytes than it was given", () => {
  const seen = both(splitRepeatsFront, { startBytes: 12 }, (ring) => {
    write(ring, 9, 1);
    return contents(receive(ring).bytes, 1);
  });
  assertEquals(seen, ["intact", "damaged"]);
});
