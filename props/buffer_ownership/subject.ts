/**
 * The ownership layer on the running kernel, in the model's terms.
 *
 * @module
 */
import { errnoName } from "../../ffi/errno.ts";
import { readMemory } from "../../ffi/region.ts";
import { bindAnywhere, datagramSocket, Fd, Listener, receiveNow } from "../../ffi/uring_peer.ts";
import {
  type Cell,
  type Completed,
  type Operation,
  OwnedRing,
  type OwnedRingOptions,
  Pool,
  type Request,
} from "../../impl/uring.ts";
import type { Budget, Subject } from "../../lockstep/machine.ts";
import {
  type BufferOwnershipCommand,
  type BufferOwnershipReply,
  type BufferOwnershipScope,
  type BufferOwnershipStart,
  type BufferOwnershipView,
  operationShapes,
  type Outcome,
} from "../../model/ownership_vocabulary.ts";
import { type Channel, Connection, IncomingChannel, OutgoingChannel, ZeroCopyChannel } from "./peers.ts";

/** A class of owned rings: the correct one, or one with a mistake. */
export type OwnedRingClass = new (options: OwnedRingOptions) => OwnedRing;

type Prepare = Extract<BufferOwnershipCommand, { kind: "prepare" }>;

const outcomes: readonly Outcome[] = ["ECANCELED", "ENOENT", "EALREADY", "EINVAL", "EFAULT"];
const [TIMEOUT_MS, PAYLOAD_BYTES, PAGE_PAYLOAD_BYTES] = [3_600_000, 256, 4096];

function outcomeOf(result: number): Outcome {
  if (result >= 0) return "ok";
  const name = errnoName(-result);
  return outcomes.find((outcome) => outcome === name) ?? "other";
}

/** A ring, its pool and its peers. */
export class BufferOwnershipSubject
  implements Subject<BufferOwnershipCommand, BufferOwnershipReply, BufferOwnershipView> {
  readonly #scope: BufferOwnershipScope;
  readonly #stack = new DisposableStack();
  readonly #pool: Pool;
  /** What the entry that fails needs, outside of the cells that are watched. */
  readonly #scratch: Pool;
  readonly #ring: OwnedRing;
  readonly #listener: Listener | undefined;
  readonly #datagrams: readonly [Fd, Uint8Array<ArrayBuffer>] | undefined;
  readonly #connections: (Connection | undefined)[];
  readonly #channels: (Channel | undefined)[];
  readonly #requests: (Request | undefined)[];
  readonly #names = new Map<Request, { readonly name: number; readonly command: Prepare | undefined }>();
  #preparedCount = 0;

  /** Opens everything fresh. @throws {ErrnoError} @throws {EnvironmentError} */
  constructor(
    scope: BufferOwnershipScope,
    deferTaskrun: boolean,
    whenFree: BufferOwnershipStart,
    ringClass: OwnedRingClass,
  ) {
    this.#scope = scope;
    const nothing = (): undefined[] => Array.from({ length: scope.requests }, () => undefined);
    this.#connections = nothing();
    this.#channels = nothing();
    this.#requests = nothing();
    using undo = new DisposableStack();
    const cellBytes = scope.class === "zero-copy" ? PAGE_PAYLOAD_BYTES : PAYLOAD_BYTES;
    this.#pool = undo.use(new Pool({ cells: scope.cells, cellBytes, whenFree }));
    this.#scratch = undo.use(new Pool({ cells: 2 * scope.requests, cellBytes: 16 }));
    const entries = 2 * scope.requests;
    this.#ring = undo.use(new ringClass({ entries, cqEntries: scope.completions, deferTaskrun }));
    // Peers are closed before the ring, so that everything that waits for them ends.
    if (scope.class === "accept") this.#listener = undo.use(new Listener("unix"));
    if (scope.class === "submit") {
      const target = undo.use(datagramSocket());
      this.#datagrams = [undo.use(datagramSocket()), bindAnywhere(target.number, "tcp")];
    }
    this.#stack = undo.move();
  }

  perform(command: BufferOwnershipCommand, budget: Budget): BufferOwnershipReply {
    switch (command.kind) {
      case "prepare":
        return this.#prepare(command);
      case "submit":
        return { kind: "submitted", count: this.#ring.submit() };
      case "enter":
        this.#ring.enter({ submit: 0, getEvents: true });
        return { kind: "entered" };
      case "reap": {
        const [completed] = this.#ring.reap(1);
        return completed === undefined ? { kind: "empty" } : this.#completed(completed);
      }
      case "cancel": {
        const request = this.#ring.prepare({ kind: "cancel", target: this.#requests[command.request]! });
        this.#names.set(request, { name: command.request, command: undefined });
        return { kind: "cancel submitted", count: this.#ring.submit() };
      }
      case "release": {
        const cell = this.#pool.cells[command.cell]!;
        if (cell.holder !== undefined) return this.#refused(() => cell.release());
        cell.release();
        return { kind: "released" };
      }
      case "connect":
        this.#connections[command.as] = new Connection(this.#listener!, command.as);
        return { kind: "connected" };
      case "peer":
        return { kind: "acted", seen: this.#channel(command.request).act(budget) };
    }
  }

  view(): BufferOwnershipView {
    return {
      intact: this.#pool.cells.every((cell) => this.#pool.intact(cell)),
      connections: this.#connections.map((connection) =>
        connection === undefined ? "none" : connection.open ? "open" : "lost"
      ),
    };
  }

  [Symbol.dispose](): void {
    for (const peer of [...this.#connections, ...this.#channels]) peer?.[Symbol.dispose]();
    this.#stack[Symbol.dispose]();
  }

  #channel(name: number): Channel {
    return this.#channels[name] ??= this.#scope.class === "receive"
      ? new IncomingChannel(name)
      : this.#scope.class === "send"
      ? new OutgoingChannel()
      : new ZeroCopyChannel();
  }

  /** Runs `body`, which has to throw the layer's refusal. */
  #refused(body: () => unknown): BufferOwnershipReply {
    try {
      body();
    } catch (error) {
      if (error instanceof TypeError && error.message.includes(" owns it until ")) return { kind: "refused" };
      throw error;
    }
    throw new Error("Cannot perform: the layer let a held cell be used");
  }

  #prepare(command: Prepare): BufferOwnershipReply {
    const taken: Cell[] = [];
    const cells = command.cells.map((index) => {
      const cell = this.#pool.cells[index]!;
      if (cell.free) taken.push(this.#pool.take(index));
      return cell;
    });
    try {
      this.#write(command, cells);
      const request = this.#ring.prepare(this.#operation(command, cells));
      this.#requests[command.as] = request;
      this.#names.set(request, { name: command.as, command });
      return { kind: "prepared" };
    } catch (error) {
      for (const cell of taken) cell.release();
      return this.#refused(() => {
        throw error;
      });
    }
  }

  /** Writes what the application, not the layer, has to write beforehand. */
  #write({ operation, as }: Prepare, cells: readonly Cell[]): void {
    const { pointers, waitsFor, notifies } = operationShapes[operation];
    if (operation === "connect") cells[0]!.write(this.#datagrams![1]);
    if (waitsFor !== "room" && !notifies) return;
    const cell = cells[pointers.findIndex(({ name }) => name === "payload")]!;
    this.#preparedCount++;
    cell.bytes.fill(this.#preparedCount & 0x7f);
    this.#channel(as).expected = cell.bytes.slice();
  }

  #operation({ operation, as }: Prepare, [first, second]: readonly Cell[]): Operation {
    switch (operation) {
      case "accept":
      case "accept-multishot": {
        const multishot = operation === "accept-multishot";
        return { kind: "accept", fd: this.#listener!.number, length: first!, address: second!, multishot };
      }
      case "accept-alone":
        return { kind: "accept", fd: this.#listener!.number };
      case "recv":
        return { kind: "recv", fd: this.#channel(as).near, into: first! };
      case "readv":
        return { kind: "readv", fd: this.#channel(as).near, vector: first!, payloads: [second!] };
      case "recvmsg":
        return { kind: "recvmsg", fd: this.#channel(as).near, header: first!, payloads: [second!] };
      case "send":
      case "send-zc":
        return { kind: operation, fd: this.#channel(as).near, from: first! };
      case "writev":
        return { kind: "writev", fd: this.#channel(as).near, vector: first!, payloads: [second!] };
      case "sendmsg":
        return { kind: "sendmsg", fd: this.#channel(as).near, header: first!, payloads: [second!] };
      case "timeout":
        return { kind: "timeout", timespec: first!, afterMs: TIMEOUT_MS };
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
        return { kind: "link-timeout", timespec: this.#scratch.take(), afterMs: TIMEOUT_MS };
    }
  }

  #completed(completed: Completed): BufferOwnershipReply {
    const { request, more, notification } = completed;
    const { name, command } = this.#names.get(request)!;
    const result = outcomeOf(completed.result);
    if (!more) this.#names.delete(request);
    if (command === undefined) return { kind: "cancel completed", request: name, result };
    if (request.operation.kind === "link-timeout") request.operation.timespec.release();
    const { waitsFor } = operationShapes[command.operation];
    const good = result === "ok" && !notification;
    let [connection, address]: [number, Uint8Array | undefined] = [-1, undefined];
    if (good && waitsFor === "connection") {
      using accepted = new Fd(completed.result);
      const who = receiveNow(accepted.number, 1);
      connection = typeof who === "string" ? -1 : who[0]!;
      address = this.#connections[connection]?.address;
      this.#connections[connection]?.[Symbol.dispose]();
      this.#connections[connection] = undefined;
    }
    const content = good ? this.#content(command, name, address) : "none";
    return { kind: "completed", request: name, result, more, notification, content, connection };
  }

  /** What is in the cell that the kernel was to write. */
  #content(
    { operation, cells }: Prepare,
    name: number,
    address: Uint8Array | undefined,
  ): "right" | "wrong" | "other" | "none" {
    const { pointers, multishot } = operationShapes[operation];
    const place = pointers.findIndex(({ touch }) => touch === "writes");
    if (place < 0) return "none";
    const cell = this.#pool.cells[cells[place]!]!;
    if (cell.free) return "wrong";
    // A multishot request keeps its cells while the application looks at what came.
    const bytes = readCell(cell, this.#requests[name]!);
    if (bytes === undefined) return "wrong";
    if (operation === "statx") return bytes[0] !== 0 ? "right" : "wrong";
    const expected = address ?? this.#channels[name]?.expected;
    if (expected === undefined) return "wrong";
    if (startsWith(bytes, expected)) return "right";
    return multishot && bytes[0] === 1 ? "other" : "wrong";
  }
}

function startsWith(bytes: Uint8Array, expected: Uint8Array): boolean {
  return expected.every((byte, index) => bytes[index] === byte);
}

/** The bytes of a cell that is the application's or that `request` still holds; `undefined` when it is somebody else's. */
function readCell(cell: Cell, request: Request): Uint8Array | undefined {
  if (cell.holder === undefined) return cell.bytes;
  if (cell.holder !== request) return undefined;
  return readMemory(cell.address, cell.capacityBytes);
}
