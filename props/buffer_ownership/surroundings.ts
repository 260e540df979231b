/**
 * Everything around the ring of a case: its peers, and what requests are about.
 *
 * @module
 */
import { memfdCreate } from "../../ffi/memory.ts";
import { bindAnywhere, datagramSocket, Fd, Listener, receiveNow, writeAt } from "../../ffi/uring_peer.ts";
import type { BufferRing, Cell, Operation, Pool } from "../../impl/uring.ts";
import { operationShapes, type OwnershipClass } from "../../model/buffer_ownership/ownership_operations.ts";
import type {
  BufferOwnershipCommand,
  BufferOwnershipScope,
  BufferOwnershipView,
} from "../../model/buffer_ownership/ownership_vocabulary.ts";
import {
  type Channel,
  Connection,
  IncomingChannel,
  messageBytes,
  OutgoingChannel,
  ZeroCopyChannel,
} from "./peers.ts";

/** A command that prepares a request. */
export type Prepare = Extract<BufferOwnershipCommand, { kind: "prepare" }>;

/** Longer than any case. */
export const timeoutMs = 3_600_000;

/** A provided cell takes two messages; a zero-copy payload fills its page, so that it can not be copied aside. */
export function cellBytesOf(ownershipClass: OwnershipClass): number {
  return ownershipClass === "provided" ? 2 * messageBytes : ownershipClass === "zero-copy" ? 4096 : 256;
}

/** The surroundings of one case. Dispose them before the ring, so that everything that waits for them ends. */
export class Surroundings implements Disposable {
  readonly #scope: BufferOwnershipScope;
  readonly #stack: DisposableStack;
  /** What the entry that fails needs, outside of the cells that are watched. */
  readonly #scratch: Pool;
  readonly #buffers: BufferRing | undefined;
  readonly #listener: Listener | undefined;
  readonly #datagrams: readonly [Fd, Uint8Array<ArrayBuffer>] | undefined;
  readonly #file: Fd | undefined;
  readonly #connections: (Connection | undefined)[];
  readonly #channels: (Channel | undefined)[];
  #preparedCount = 0;

  /** Opens what the class of `scope` needs. `scratch` and `buffers` stay their owner's. @throws {ErrnoError} */
  constructor(scope: BufferOwnershipScope, scratch: Pool, buffers: BufferRing | undefined) {
    this.#scope = scope;
    this.#scratch = scratch;
    this.#buffers = buffers;
    this.#connections = Array.from({ length: scope.requests }, () => undefined);
    this.#channels = Array.from({ length: scope.requests }, () => undefined);
    using undo = new DisposableStack();
    if (scope.class === "accept") this.#listener = undo.use(new Listener("unix"));
    if (scope.class === "submit" || scope.class === "polling") {
      const target = undo.use(datagramSocket());
      this.#datagrams = [undo.use(datagramSocket()), bindAnywhere(target.number, "tcp")];
    }
    if (scope.class === "worker") {
      this.#file = undo.use(new Fd(memfdCreate("worker")));
      writeAt(this.#file.number, new Uint8Array(cellBytesOf("worker")).fill(1), 0);
    }
    this.#stack = undo.move();
  }

  /** What can be seen of the connections. */
  get connections(): BufferOwnershipView["connections"] {
    return this.#connections.map((connection) =>
      connection === undefined ? "none" : connection.open ? "open" : "lost"
    );
  }

  /** Connects to the listener, under a name. */
  connect(name: number): void {
    this.#connections[name] = new Connection(this.#listener!, name);
  }

  /** Says which connection was accepted as `fd`, and from where, and closes both its ends. */
  accepted(fd: number): { readonly connection: number; readonly address: Uint8Array | undefined } {
    using accepted = new Fd(fd);
    const who = receiveNow(accepted.number, 1);
    const connection = typeof who === "string" ? -1 : who[0]!;
    const address = this.#connections[connection]?.address;
    this.#connections[connection]?.[Symbol.dispose]();
    this.#connections[connection] = undefined;
    return { connection, address };
  }

  /** What was sent last to request `name`. */
  expected(name: number): Uint8Array | undefined {
    return this.#channels[name]?.expected;
  }

  /** The way to a request, opened when it is asked for. */
  channel(name: number): Channel {
    return this.#channels[name] ??= this.#newChannel(name);
  }

  #newChannel(name: number): Channel {
    switch (this.#scope.class) {
      case "read":
        return new IncomingChannel(name, "pipe");
      case "write":
        return new OutgoingChannel("pipe");
      case "send":
        return new OutgoingChannel("socket");
      case "zero-copy":
        return new ZeroCopyChannel();
      case "receive":
      case "provided":
      case "linked":
        return new IncomingChannel(name, "socket");
      case "accept":
      case "submit":
      case "polling":
      case "worker":
        throw new Error(`Cannot open a channel: class ${this.#scope.class} has none`);
    }
  }

  /** Writes what the application, not the layer, has to write beforehand. */
  write({ operation, as }: Prepare, cells: readonly Cell[]): void {
    const { pointers, waitsFor, notifies } = operationShapes[operation];
    if (operation === "connect") cells[0]!.write(this.#datagrams![1]);
    if (waitsFor !== "room" && !notifies) return;
    const cell = cells[pointers.findIndex(({ name }) => name === "payload")]!;
    this.#preparedCount++;
    cell.bytes.fill(this.#preparedCount & 0x7f);
    this.channel(as).expected = cell.bytes.slice();
  }

  /** What the layer is asked for. */
  operation({ operation, as }: Prepare, [first, second]: readonly Cell[]): Operation {
    switch (operation) {
      case "accept":
      case "accept-multishot": {
        const multishot = operation === "accept-multishot";
        return { kind: "accept", fd: this.#listener!.number, length: first!, address: second!, multishot };
      }
      case "accept-alone":
        return { kind: "accept", fd: this.#listener!.number };
      case "recv":
      case "recv-timed":
      case "recv-expiring":
        return { kind: "recv", fd: this.channel(as).near, into: first! };
      case "recv-provided":
      case "recv-provided-multishot": {
        const multishot = operation === "recv-provided-multishot";
        return { kind: "recv-provided", fd: this.channel(as).near, buffers: this.#buffers!, multishot };
      }
      case "read":
        return { kind: "read", fd: this.channel(as).near, into: first! };
      case "read-file":
        return { kind: "read", fd: this.#file!.number, into: first!, offset: 0 };
      case "readv":
        return { kind: "readv", fd: this.channel(as).near, vector: first!, payloads: [second!] };
      case "recvmsg":
        return { kind: "recvmsg", fd: this.channel(as).near, header: first!, payloads: [second!] };
      case "write":
      case "send":
      case "send-zc":
        return { kind: operation, fd: this.channel(as).near, from: first! };
      case "writev":
        return { kind: "writev", fd: this.channel(as).near, vector: first!, payloads: [second!] };
      case "sendmsg":
      case "sendmsg-zc":
        return { kind: operation, fd: this.channel(as).near, header: first!, payloads: [second!] };
      case "timeout":
        return { kind: "timeout", timespec: first!, afterMs: timeoutMs };
      case "connect": {
        const [fd, address] = this.#datagrams!;
        return { kind: "connect", fd: fd.number, address: first!, bytes: address.length };
      }
      case "statx":
        return { kind: "statx", path: first!, text: "/", into: second! };
      case "nop":
        return { kind: "nop" };
      case "faulty":
        // A linked timeout that is linked to nothing fails while it is prepared by the kernel.
        return { kind: "link-timeout", timespec: this.#scratch.take(), afterMs: timeoutMs };
    }
  }

  /** Closes. A second call does nothing. */
  [Symbol.dispose](): void {
    for (const peer of [...this.#connections, ...this.#channels]) peer?.[Symbol.dispose]();
    this.#stack[Symbol.dispose]();
  }
}
