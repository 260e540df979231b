/**
 * The other process of the two-process tests: reads or writes a known stream through a shared lease ring.
 *
 * Message number `index` of a stream is known to both sides: its length and all its bytes follow from the index. It
 * begins with its index and a checksum, so a stream that is wrong can not look right.
 *
 * Run as a program: `lease_ring_peer.ts <name> read <messages>` checks every byte and prints a {@link ReadSummary};
 * `... write <messages>` writes; 0 messages means without end.
 *
 * @module
 */
import { SharedReader, SharedWriter } from "../../impl/shared_lease_ring.ts";
import type { Lease } from "../../impl/lease_ring.ts";

/** Index and checksum at the front of every message. */
const headBytes = 8;
const longestMessageBytes = 200_000;
/** How long either side waits before it gives up: far longer than any wait of a run that works. */
export const patienceMs = 20_000;

/** What a reader has seen. */
export interface ReadSummary {
  /** Messages up to the end of the stream. */
  readonly messages: number;
  /** The sum of their lengths. */
  readonly bytes: number;
  /** Messages that came in two pieces. */
  readonly copied: number;
  /** Leases that were released before an older one. */
  readonly releasedOutOfOrder: number;
}

function scramble(value: number): number {
  let word = Math.imul(value ^ (value >>> 16), 0x45d9f3b);
  word = Math.imul(word ^ (word >>> 16), 0x45d9f3b);
  return (word ^ (word >>> 16)) >>> 0;
}

/** Bytes of message number `index`: tiny, middling and large ones in turn, from 9 to 200,000. */
export function messageBytes(index: number): number {
  const most = [64, 5_000, 64, 40_000, longestMessageBytes][index % 5]!;
  return headBytes + 1 + scramble(index) % (most - headBytes);
}

/** FNV-1a over `bytes` from `from` on. */
function checksum(bytes: Uint8Array, from: number): number {
  let hash = 0x811c9dc5;
  for (let index = from; index < bytes.length; index += 1) hash = Math.imul(hash ^ bytes[index]!, 0x01000193);
  return hash >>> 0;
}

/** Fills the front of `scratch` with message number `index` and returns it. */
export function makeMessage(index: number, scratch: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const message = scratch.subarray(0, messageBytes(index));
  let word = scramble(index + 1);
  for (let at = headBytes; at < message.length; at += 1) {
    if ((at & 3) === 0) word = (Math.imul(word, 1664525) + 1013904223) >>> 0;
    message[at] = word >>> (8 * (at & 3));
  }
  const head = new DataView(message.buffer, message.byteOffset);
  head.setUint32(0, index);
  head.setUint32(4, checksum(message, headBytes));
  return message;
}

/** Space for any message. */
export function newScratch(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(longestMessageBytes + 1);
}

/** Compares every byte. @throws {Error} at the first one that is wrong */
export function checkMessage(index: number, bytes: Uint8Array, scratch: Uint8Array<ArrayBuffer>): void {
  const expected = makeMessage(index, scratch);
  if (bytes.length !== expected.length) {
    throw new Error(`Message ${index} has ${bytes.length} bytes, must have ${expected.length}`);
  }
  for (let at = 0; at < bytes.length; at += 1) {
    if (bytes[at] !== expected[at]) {
      throw new Error(`Byte ${at} of message ${index} is ${bytes[at]}, must be ${expected[at]}`);
    }
  }
  const head = new DataView(bytes.buffer, bytes.byteOffset);
  if (head.getUint32(4) !== checksum(bytes, headBytes)) {
    throw new Error(`Checksum of message ${index} is wrong`);
  }
}

/** Reads to the end of the stream, holding up to four leases and releasing the youngest first. */
function readAll(reader: SharedReader): ReadSummary {
  const scratch = newScratch();
  const held: { readonly index: number; readonly lease: Lease }[] = [];
  let [messages, bytes, copied, releasedOutOfOrder] = [0, 0, 0, 0];
  const releaseAll = (): void => {
    for (let one = held.pop(); one !== undefined; one = held.pop()) {
      // Looked at again: whoever was given its bytes too early has overwritten them by now.
      checkMessage(one.index, one.lease.bytes, scratch);
      one.lease.release();
      if (held.length > 0) releasedOutOfOrder += 1;
    }
  };
  for (;;) {
    let lease = held.length < 4 ? reader.ring.receive() : undefined;
    if (lease === undefined) {
      releaseAll();
      lease = reader.receiveSync(patienceMs);
    }
    if (lease === undefined) return { messages, bytes, copied, releasedOutOfOrder };
    checkMessage(messages, lease.bytes, scratch);
    held.push({ index: messages, lease });
    messages += 1;
    bytes += lease.length;
    if (lease.copied) copied += 1;
  }
}

function writeAll(writer: SharedWriter, messages: number): void {
  const scratch = newScratch();
  for (let index = 0; index < messages; index += 1) writer.writeSync(makeMessage(index, scratch), patienceMs);
  writer.close();
}

function main(args: readonly string[]): void {
  const [name, role, messages] = args;
  if (name === undefined || (role !== "read" && role !== "write")) {
    throw new TypeError("Usage: lease_ring_peer.ts <name> read|write [messages]");
  }
  if (role === "read") {
    using reader = SharedReader.join(name);
    const summary = new TextEncoder().encode(JSON.stringify(readAll(reader)));
    Deno.stdout.writeSync(summary);
    return;
  }
  using writer = SharedWriter.join(name);
  writeAll(writer, Number(messages) || Infinity);
}

if (import.meta.main) main(Deno.args);
