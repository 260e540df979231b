import { assert, assertEquals } from "@std/assert";
import { type Lease, type LeaseRing, openLeaseRing, RingWriter } from "./lease_ring.ts";
import { word } from "./lease_ring/layout.ts";

/** xorshift32: the same run every time. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

interface Message {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Bytes still owed to the writer. */
  held: boolean;
  lease?: Lease;
}

/** The ring as an array: knows messages and their order, no offsets. */
class ArrayQueue {
  readonly seen = {
    written: 0,
    full: 0,
    copied: 0,
    wrappedInOnePiece: 0,
    outOfOrder: 0,
    expired: 0,
    dropped: 0,
  };
  /** From the oldest message whose bytes are owed on. */
  #messages: Message[] = [];
  readonly #ring: LeaseRing;
  #tag = 0;

  constructor(ring: LeaseRing) {
    this.#ring = ring;
  }

  write(lengthBytes: number): void {
    const { capacityBytes } = this.#ring;
    const owed = this.#messages.map((message) => message.bytes.length);
    const usedBytes = owed.reduce((sum, length) => sum + length, 0);
    this.#tag += 1;
    const bytes = Uint8Array.from({ length: lengthBytes }, (_, index) => (this.#tag * 31 + index * 7) & 0xff);
    const written = this.#ring.writer.write(bytes);
    if (usedBytes + lengthBytes >= capacityBytes) assert(!written, "no room, one byte being the gap");
    const slackBytes = Math.max(0, ...owed) + 1;
    if (usedBytes + lengthBytes + slackBytes <= capacityBytes) {
      assert(written, "room, whatever the placement");
    }
    this.seen[written ? "written" : "full"] += 1;
    if (written) this.#messages.push({ bytes, held: true });
  }

  receive(): void {
    const message = this.#unread[0];
    const lease = this.#ring.reader.receive();
    assertEquals(lease === undefined, message === undefined);
    if (lease === undefined || message === undefined) return;
    message.lease = lease;
    if (lease.copied) {
      this.seen.copied += 1;
      this.#returned(message);
    } else if (lease.bytes.byteOffset === this.#ring.readerArea.data.byteOffset) {
      this.seen.wrappedInOnePiece += 1;
    }
  }

  drop(): void {
    const message = this.#unread[0];
    assertEquals(this.#ring.reader.drop(), message?.bytes.length);
    if (message === undefined) return;
    this.seen.dropped += 1;
    this.#returned(message);
  }

  end(pick: number, how: "release" | "expire"): void {
    const message = this.#leased[pick % this.#leased.length];
    if (message === undefined) return;
    const lease = message.lease!;
    assert(lease[how]());
    assert(!lease.release());
    if (how === "expire") this.seen.expired += 1;
    delete message.lease;
    if (!message.held) return;
    if (message !== this.#messages[0]) this.seen.outOfOrder += 1;
    this.#returned(message);
  }

  compare(): void {
    for (const { lease, bytes } of this.#leased) assertEquals(lease!.bytes, bytes);
    this.#unread.forEach(({ bytes }, index) => assertEquals(this.#ring.reader.peek(index), bytes));
    assertEquals(this.#ring.reader.unreadCount, this.#unread.length);
    assertEquals(this.#messages.length === 0, this.#ring.startBytes === this.#ring.endBytes);
  }

  readonly #copies: Message[] = [];

  get #leased(): readonly Message[] {
    return [...this.#copies, ...this.#messages].filter((message) => message.lease !== undefined);
  }

  get #unread(): readonly Message[] {
    return this.#messages.slice(this.#messages.length - this.#ring.reader.unreadCount);
  }

  #returned(message: Message): void {
    message.held = false;
    const first = this.#messages.findIndex((each) => each.held);
    const gone = this.#messages.splice(0, first < 0 ? this.#messages.length : first);
    this.#copies.push(...gone.filter((each) => each.lease !== undefined));
  }
}

Deno.test("openLeaseRing answers like an array of messages, whatever is done in whatever order", () => {
  const total: Record<string, number> = {};
  for (let seed = 1; seed <= 60; seed += 1) {
    const random = randomNumbers(seed * 7919);
    // Small ones wrap often; the larger ones copy long messages another way than short ones.
    const capacityBytes = 2 + random(seed % 4 === 0 ? 800 : 40);
    using ring = openLeaseRing({
      capacityBytes,
      startBytes: random(capacityBytes),
      messageCounter: (0x1_0000_0000 - random(50)) % 0x1_0000_0000,
    });
    const queue = new ArrayQueue(ring);
    for (let step = 0; step < 300; step += 1) {
      const action = random(10);
      if (action < 4) queue.write(1 + random(random(3) === 0 ? capacityBytes : 1 + (capacityBytes >> 2)));
      else if (action < 7) queue.receive();
      else if (action < 8) queue.drop();
      else queue.end(random(16), action === 8 ? "release" : "expire");
      queue.compare();
    }
    for (const [label, count] of Object.entries(queue.seen)) total[label] = (total[label] ?? 0) + count;
  }
  for (const [label, count] of Object.entries(total)) assert(count > 50, `${label}: ${count}`);
});

Deno.test("openLeaseRing reaches offsets beyond 2^31 and sums beyond 2^32 in a sparse area", () => {
  const capacityBytes = 0xffff_ffff;
  const startBytes = capacityBytes - 40;
  for (const revokeViews of [false, true]) reachesFar(capacityBytes, startBytes, revokeViews);
});

function reachesFar(capacityBytes: number, startBytes: number, revokeViews: boolean): void {
  using ring = openLeaseRing({ capacityBytes, startBytes, messageCounter: 0xffff_ffff, revokeViews });
  const text = (value: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(value);
  assert(ring.writer.write(text("beyond 2^31")));
  assertEquals([ring.startBytes, ring.endBytes], [startBytes, startBytes + 11]);
  const beyond = ring.reader.receive()!;
  assertEquals(beyond.bytes, text("beyond 2^31"));
  // Tail 29, capacity - 11 available: 30 bytes restart at the front, at offset 0.
  assert(ring.writer.write(text("30 bytes leave the tail unused")));
  assertEquals(ring.endBytes, 30);
  const restarted = ring.reader.receive()!;
  assertEquals([restarted.copied, restarted.copy()], [false, text("30 bytes leave the tail unused")]);
  restarted.release();
  assertEquals(ring.startBytes, startBytes);
  beyond.release();
  assertEquals(ring.startBytes, 30);
}

Deno.test("openLeaseRing splits a message across the end of a sparse area of 4 GiB", () => {
  const capacityBytes = 0xffff_ffff;
  // Only a message longer than a third of what is free is split: all but 110 bytes are taken by a message that
  // nobody has written, so that no memory is needed for it.
  using ring = openLeaseRing({ capacityBytes, startBytes: 100 });
  const { words } = ring.writerArea;
  Atomics.store(words, word.descriptors, 100);
  Atomics.store(words, word.descriptors + 1, capacityBytes - 110);
  Atomics.store(words, word.end, capacityBytes - 10);
  Atomics.store(words, word.published, 1);
  assertEquals(ring.reader.unreadCount, 1);
  const writer = new RingWriter(ring.writerArea);
  const bytes = Uint8Array.from({ length: 60 }, (_, index) => index + 1);
  assert(!writer.write(new Uint8Array(110)));
  assert(writer.write(bytes));
  assertEquals(ring.endBytes, 50);
  assertEquals(ring.reader.drop(), capacityBytes - 110);
  assertEquals(ring.startBytes, capacityBytes - 10);
  const split = ring.reader.receive()!;
  assertEquals([split.copied, split.bytes, ring.startBytes], [true, bytes, 50]);
});
