import { assert, assertEquals } from "@std/assert";
import { type Lease, openLeaseRing } from "../lease_ring.ts";

function message(lengthBytes: number, tag: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: lengthBytes }, (_, index) => (tag * 31 + index * 7 + 1) & 0xff);
}

/** Does `body`, and `look` behind each of its stores to a shared word: there the other process may be any time. */
function behindEveryStore(look: () => void, body: () => void): void {
  const { store } = Atomics;
  let looking = false;
  const watched = (words: Uint32Array, index: number, value: number): number => {
    const stored = store(words, index, value);
    if (looking) return stored;
    looking = true;
    look();
    looking = false;
    return stored;
  };
  Atomics.store = watched as typeof Atomics.store;
  try {
    body();
  } finally {
    Atomics.store = store;
  }
}

Deno.test("RingWriter shows a reader that looks between any two of its stores whole messages only", () => {
  // In one piece, in two pieces, and at the front behind a hole.
  for (const [startBytes, lengthBytes] of [[0, 5], [14, 12], [14, 5]] as const) {
    using ring = openLeaseRing({ capacityBytes: 16, slots: 1, startBytes });
    const { writer, reader } = ring;
    for (const tag of [1, 2]) {
      const seen: number[] = [];
      behindEveryStore(() => {
        seen.push(reader.unreadCount);
        if (reader.unreadCount > 0) assertEquals(reader.peek(0), message(lengthBytes, tag));
      }, () => assert(writer.write(message(lengthBytes, tag))));
      assertEquals([seen[0], seen.at(-1)], [0, 1], "nothing is there before the last store");
      assertEquals(reader.drop(), lengthBytes);
    }
  }
});

Deno.test("RingReader has read what it lends before a writer can write there, between any two of its stores", () => {
  for (const [startBytes, lengthBytes] of [[0, 5], [14, 12]] as const) {
    using ring = openLeaseRing({ capacityBytes: 16, slots: 1, startBytes });
    const { writer, reader } = ring;
    assert(writer.write(message(lengthBytes, 1)));
    let lease: Lease | undefined;
    const written: boolean[] = [];
    // The one slot is free before all bytes are: the next message is written as early as it can be.
    const writeNext = (): void => void written.push(writer.write(message(3, 2)));
    behindEveryStore(writeNext, () => lease = reader.receive());
    assert(written.includes(true));
    assertEquals(lease?.bytes, message(lengthBytes, 1));
    assertEquals(reader.peek(0), message(3, 2));
  }
});
