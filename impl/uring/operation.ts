/**
 * Operations on cells: what a request does, which cells it is handed, and what is written into them beforehand.
 *
 * @module
 */
import type { BufferRing } from "./buffer_ring.ts";
import type { Pointer } from "./lifetime.ts";
import type { Cell } from "./pool.ts";
import type { Entry } from "./prepare.ts";
import type { Request } from "./request.ts";

/** What a request does. Its cells belong to the kernel until the event that `lifetime.ts` names. */
export type Operation =
  | { readonly kind: "nop" }
  | {
    readonly kind: "accept";
    readonly fd: number;
    /** Receives the peer's address; needs `length`, which receives its length. */
    readonly address?: Cell;
    readonly length?: Cell;
    readonly multishot?: boolean;
  }
  | { readonly kind: "connect" | "bind"; readonly fd: number; readonly address: Cell; readonly bytes: number }
  | {
    readonly kind: "read" | "recv";
    readonly fd: number;
    readonly into: Cell;
    /** The whole cell when absent. */
    readonly bytes?: number;
    /** Place in the file; the file's own position when absent. */
    readonly offset?: number;
  }
  | {
    readonly kind: "write" | "send" | "send-zc";
    readonly fd: number;
    readonly from: Cell;
    readonly bytes?: number;
    readonly offset?: number;
  }
  | {
    readonly kind: "readv" | "writev";
    readonly fd: number;
    /** Scratch for the vector, 16 bytes per payload. */
    readonly vector: Cell;
    readonly payloads: readonly Cell[];
    readonly offset?: number;
  }
  | {
    readonly kind: "sendmsg" | "sendmsg-zc" | "recvmsg";
    readonly fd: number;
    /** Scratch for the header, 56 bytes and 16 more per payload. */
    readonly header: Cell;
    readonly payloads: readonly Cell[];
    /** Receives the sender's address (`recvmsg`). */
    readonly name?: Cell;
  }
  | {
    readonly kind: "timeout" | "link-timeout";
    /** Scratch for the timespec, 16 bytes. */
    readonly timespec: Cell;
    readonly afterMs: number;
    /** Also ends when this many other completions have come (`timeout`). */
    readonly count?: number;
  }
  | {
    readonly kind: "statx";
    /** Receives `struct statx`, 256 bytes. */
    readonly into: Cell;
    /** The path, as text that ends in a NUL, is written here. */
    readonly path: Cell;
    readonly text: string;
  }
  | { readonly kind: "openat"; readonly path: Cell; readonly text: string; readonly flags: number }
  | {
    readonly kind: "recv-provided";
    readonly fd: number;
    readonly buffers: BufferRing;
    readonly multishot?: boolean;
  }
  | { readonly kind: "poll"; readonly fd: number; readonly events: number }
  | { readonly kind: "close"; readonly fd: number }
  | { readonly kind: "cancel"; readonly target: Request };

/** Calls `visit` for every cell that `operation` hands to the kernel, with the pointer it stands for. */
export function visitCells(operation: Operation, visit: (cell: Cell, pointer: Pointer) => void): void {
  switch (operation.kind) {
    case "read":
    case "recv":
      visit(operation.into, "payload");
      return;
    case "write":
    case "send":
    case "send-zc":
      visit(operation.from, "payload");
      return;
    case "accept":
      if (operation.address !== undefined) visit(operation.address, "address");
      if (operation.length !== undefined) visit(operation.length, "length");
      return;
    case "connect":
    case "bind":
      visit(operation.address, "address");
      return;
    case "readv":
    case "writev":
      visit(operation.vector, "vector");
      for (const cell of operation.payloads) visit(cell, "payload");
      return;
    case "sendmsg":
    case "sendmsg-zc":
    case "recvmsg":
      visit(operation.header, "header");
      if (operation.name !== undefined) visit(operation.name, "name");
      for (const cell of operation.payloads) visit(cell, "payload");
      return;
    case "timeout":
    case "link-timeout":
      visit(operation.timespec, "timespec");
      return;
    case "statx":
      visit(operation.path, "path");
      visit(operation.into, "result");
      return;
    case "openat":
      visit(operation.path, "path");
      return;
    case "nop":
    case "recv-provided":
    case "poll":
    case "close":
    case "cancel":
      return;
  }
}

/** Writes what the kernel reads from cells whose content the layer decides: lengths, vectors, headers, times, paths. */
export function initialiseCells(operation: Operation): void {
  switch (operation.kind) {
    // The commonest first: each case costs a comparison.
    case "read":
    case "write":
    case "recv":
    case "send":
    case "nop":
    case "connect":
    case "bind":
    case "send-zc":
    case "recv-provided":
    case "poll":
    case "close":
    case "cancel":
      return;
    case "accept":
      // The kernel reads this word as the room it has, at the moment it writes the address.
      if (operation.length !== undefined) {
        dataOf(operation.length).setInt32(0, operation.address?.capacityBytes ?? 0, true);
      }
      return;
    case "readv":
    case "writev":
      writeVector(operation.vector, 0, operation.payloads);
      return;
    case "sendmsg":
    case "sendmsg-zc":
    case "recvmsg":
      writeHeader(operation.header, operation.payloads, operation.name);
      return;
    case "timeout":
    case "link-timeout":
      writeTimespec(operation.timespec, operation.afterMs);
      return;
    case "statx":
    case "openat":
      operation.path.write(new TextEncoder().encode(`${operation.text}\0`));
      return;
  }
}

/** The entry that carries `operation` out; `slotOf` names the request that a cancel is aimed at. */
export function entryOf(operation: Operation, slotOf: (request: Request) => number): Entry {
  switch (operation.kind) {
    case "nop":
    case "poll":
    case "close":
      return operation;
    case "accept": {
      const { fd, address, length, multishot = false } = operation;
      return {
        kind: "accept",
        fd,
        address: address?.address ?? 0,
        lengthAddress: length?.address ?? 0,
        multishot,
      };
    }
    case "connect":
    case "bind":
      return {
        kind: operation.kind,
        fd: operation.fd,
        address: operation.address.address,
        bytes: operation.bytes,
      };
    case "read":
    case "recv": {
      const { kind, fd, into, bytes = into.capacityBytes, offset = -1 } = operation;
      return { kind, fd, address: into.address, bytes, offset };
    }
    case "write":
    case "send":
    case "send-zc": {
      const { kind, fd, from, bytes = from.capacityBytes, offset = -1 } = operation;
      return { kind, fd, address: from.address, bytes, offset };
    }
    case "readv":
    case "writev": {
      const { kind, fd, vector, payloads, offset = -1 } = operation;
      return { kind, fd, vectorAddress: vector.address, count: payloads.length, offset };
    }
    case "sendmsg":
    case "sendmsg-zc":
    case "recvmsg":
      return { kind: operation.kind, fd: operation.fd, headerAddress: operation.header.address };
    case "timeout":
      return { kind: "timeout", timespecAddress: operation.timespec.address, count: operation.count ?? 0 };
    case "link-timeout":
      return { kind: "link-timeout", timespecAddress: operation.timespec.address };
    case "statx":
      return {
        kind: "statx",
        pathAddress: operation.path.address,
        resultAddress: operation.into.address,
        mask: STATX_BASIC_STATS,
      };
    case "openat":
      return { kind: "openat", pathAddress: operation.path.address, flags: operation.flags };
    case "recv-provided": {
      const { fd, buffers, multishot = false } = operation;
      return { kind: "recv-provided", fd, group: buffers.group, multishot };
    }
    case "cancel":
      return { kind: "cancel", target: slotOf(operation.target) };
  }
}

const STATX_BASIC_STATS = 0x7ff;
const [VECTOR_BYTES, HEADER_BYTES] = [16, 56];

function dataOf(cell: Cell): DataView<ArrayBuffer> {
  const bytes = cell.bytes;
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function writeVector(cell: Cell, offset: number, payloads: readonly Cell[]): void {
  demandRoom(cell, offset + payloads.length * VECTOR_BYTES);
  const data = dataOf(cell);
  payloads.forEach((payload, index) => {
    data.setBigUint64(offset + index * VECTOR_BYTES, BigInt(payload.address), true);
    data.setBigUint64(offset + index * VECTOR_BYTES + 8, BigInt(payload.capacityBytes), true);
  });
}

function writeHeader(cell: Cell, payloads: readonly Cell[], name: Cell | undefined): void {
  demandRoom(cell, HEADER_BYTES + payloads.length * VECTOR_BYTES);
  const data = dataOf(cell);
  cell.bytes.fill(0, 0, HEADER_BYTES);
  data.setBigUint64(0, BigInt(name?.address ?? 0), true);
  data.setUint32(8, name?.capacityBytes ?? 0, true);
  data.setBigUint64(16, BigInt(cell.address + HEADER_BYTES), true);
  data.setBigUint64(24, BigInt(payloads.length), true);
  writeVector(cell, HEADER_BYTES, payloads);
}

function writeTimespec(cell: Cell, afterMs: number): void {
  if (!(afterMs >= 0 && afterMs <= Number.MAX_SAFE_INTEGER)) {
    throw new RangeError(`Cannot prepare timeout: afterMs is ${afterMs}, must be at least 0`);
  }
  demandRoom(cell, 16);
  const data = dataOf(cell);
  data.setBigInt64(0, BigInt(Math.floor(afterMs / 1000)), true);
  data.setBigInt64(8, BigInt(Math.round((afterMs % 1000) * 1e6)), true);
}

function demandRoom(cell: Cell, bytes: number): void {
  if (cell.capacityBytes < bytes) {
    throw new RangeError(
      `Cannot prepare an entry: cell ${cell.index} has ${cell.capacityBytes} bytes, must have at least ${bytes}`,
    );
  }
}
