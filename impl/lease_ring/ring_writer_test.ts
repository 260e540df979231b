import { assert, assertEquals } from "@std/assert";
import { openLeaseRing, RingWriter } from "../lease_ring.ts";
import { word } from "./layout.ts";

/** The rules of placement, written down a second time, the redundant `length < start` included. */
function place(
  capacity: number,
  start: number,
  end: number,
  length: number,
): { readonly offset: number; readonly end: number } | undefined {
  const available = end >= start ? capacity - end + start : start - end;
  if (length >= available) return undefined;
  const tail = end >= start ? capacity - end : start - end;
  const restarts = length > tail && 2 * available >= capacity && available >= 3 * length && length < start;
  const offset = restarts ? 0 : end;
  return { offset, end: (offset + length) % capacity };
}

Deno.test("RingWriter places every message by the rules and spares all bytes in use, from all offsets", () => {
  const seen = { full: 0, split: 0, restarted: 0, endedAtEnd: 0 };
  for (let capacity = 2; capacity <= 20; capacity += 1) {
    using ring = openLeaseRing({ capacityBytes: capacity, slots: 1 });
    const { words, data } = ring.writerArea;
    for (let start = 0; start < capacity; start += 1) {
      for (let end = 0; end < capacity; end += 1) {
        for (let length = 1; length <= capacity; length += 1) {
          Atomics.store(words, word.start, start);
          Atomics.store(words, word.end, end);
          Atomics.store(words, word.published, 0);
          data.fill(0);
          for (let at = start; at !== end; at = (at + 1) % capacity) data[at] = 255;
          const before = data.slice();
          const bytes = Uint8Array.from({ length }, (_, index) => index + 1);
          const expected = place(capacity, start, end, length);
          assertEquals(new RingWriter(ring.writerArea).write(bytes), expected !== undefined);
          if (expected === undefined) {
            seen.full += 1;
            assertEquals(data, before);
            continue;
          }
          const { offset } = expected;
          assertEquals(
            [words[word.descriptors], words[word.descriptors + 1], words[word.end], words[word.published]],
            [offset, length, expected.end, 1],
          );
          assert(expected.end !== start, "full never looks empty");
          bytes.forEach((byte, index) => before[(offset + index) % capacity] = byte);
          assertEquals(data, before);
          for (let at = start; at !== end; at = (at + 1) % capacity) assertEquals(data[at], 255);
          if (offset + length > capacity) seen.split += 1;
          if (offset !== end) seen.restarted += 1;
          if (offset + length === capacity) seen.endedAtEnd += 1;
        }
      }
    }
  }
  for (const [label, count] of Object.entries(seen)) assert(count > 0, label);
});
