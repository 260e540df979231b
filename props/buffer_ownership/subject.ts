/**
 * The ownership layer on the running kernel, in the model's terms.
 *
 * @module
 */
import { errnoName } from "../../ffi/errno.ts";
import { entryFlag } from "../../ffi/io_uring.ts";
import { readMemory } from "../../ffi/region.ts";
import { shutdownSend } from "../../ffi/uring_peer.ts";
import {
  BufferRing,
  type Cell,
  type Completed,
  OwnedRing,
  type OwnedRingOptions,
  Pool,
  type Request,
} from "../../impl/uring.ts";
import type { Budget, Subject } from "../../lockstep/machine.ts";
import { operationShapes } from "../../model/buffer_ownership/ownership_operations.ts";
import {
  type BufferOwnershipCommand,
  type BufferOwnershipReply,
  type BufferOwnershipScope,
  type BufferOwnershipStart,
  type BufferOwnershipView,
  completedReply,
  type Outcome,
} from "../../model/buffer_ownership/ownership_vocabulary.ts";
import { PollingGate } from "./polling_gate.ts";
import { cellBytesOf, type Prepare, Surroundings, timeoutMs } from "./surroundings.ts";

/** What a subject is made of: the correct layer, or one in which something has a mistake. */
export interface Layer {
  readonly ring: new (options: OwnedRingOptions) => OwnedRing;
  readonly buffers: typeof BufferRing;
}

/** The layer as it is. */
export const correctLayer: Layer = { ring: OwnedRing, buffers: BufferRing };

const outcomes: readonly Outcome[] = [
  "ECANCELED",
  "ENOENT",
  "EALREADY",
  "EINVAL",
  "EFAULT",
  "ETIME",
  "ENOBUFS",
  "EPIPE",
];
const [TIMER_MS, POLLING_IDLE_MS] = [10, 1];

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
  readonly #ring: OwnedRing;
  readonly #buffers: BufferRing | undefined;
  readonly #gate: PollingGate | undefined;
  readonly #around: Surroundings;
  readonly #requests: (Request | undefined)[];
  readonly #names = new Map<Request, { readonly name: number; readonly of: Prepare | "cancel" | "timer" }>();
  #publishedIndex = 0;
  /** A request whose timer fires at once was prepared and not submitted. */
  #expiring = false;

  /** Opens everything fresh. @throws {ErrnoError} @throws {EnvironmentError} */
  constructor(
    scope: BufferOwnershipScope,
    deferTaskrun: boolean,
    whenFree: BufferOwnershipStart,
    layer: Layer,
  ) {
    this.#scope = scope;
    this.#requests = Array.from({ length: scope.requests }, () => undefined);
    using undo = new DisposableStack();
    this.#pool = undo.use(new Pool({ cells: scope.cells, cellBytes: cellBytesOf(scope.class), whenFree }));
    const scratch = undo.use(new Pool({ cells: 2 * scope.requests, cellBytes: 16 }));
    const polling = scope.class === "polling" ? { pollingThreadIdleMs: POLLING_IDLE_MS } : {};
    const entries = Math.min(4 * scope.requests, scope.completions);
    const options = { entries, cqEntries: scope.completions, deferTaskrun, ...polling };
    this.#ring = undo.use(new layer.ring(options));
    if (scope.class === "polling") this.#gate = undo.use(new PollingGate(this.#ring.ring));
    this.#publishedIndex = this.#ring.ring.preparedIndex;
    if (scope.class === "provided") {
      const ring = new layer.buffers(this.#ring.ring, { entries: 8, group: 0, incremental: true });
      this.#buffers = ring;
      undo.defer(() => ring[Symbol.dispose]());
    }
    this.#around = undo.use(new Surroundings(scope, scratch, this.#buffers));
    this.#stack = undo.move();
  }

  perform(command: BufferOwnershipCommand, budget: Budget): BufferOwnershipReply {
    switch (command.kind) {
      case "prepare":
        return this.#prepare(command);
      case "submit":
        return { kind: "submitted", count: this.#submit(budget) };
      case "poll":
        this.#gate!.pass(budget);
        this.#ring.enter({ submit: 0 }); // the layer looks how far the thread is
        this.#publishedIndex = this.#ring.ring.preparedIndex;
        return { kind: "polled" };
      case "enter":
        this.#ring.enter({ submit: 0, getEvents: true });
        return { kind: "entered" };
      case "reap": {
        const [completed] = this.#ring.reap(1);
        return completed === undefined ? { kind: "empty" } : this.#completed(completed);
      }
      case "cancel": {
        const request = this.#ring.prepare({ kind: "cancel", target: this.#requests[command.request]! });
        this.#names.set(request, { name: command.request, of: "cancel" });
        return { kind: "cancel submitted", count: this.#submit(budget) };
      }
      case "release": {
        const cell = this.#pool.cells[command.cell]!;
        if (cell.holder !== undefined) return this.#refused(() => cell.release());
        cell.release();
        return { kind: "released" };
      }
      case "provide": {
        const cell = this.#pool.cells[command.cell]!;
        this.#buffers!.provide(cell.free ? this.#pool.take(command.cell) : cell);
        return { kind: "provided" };
      }
      case "shut":
        shutdownSend(this.#around.channel(command.request).near);
        return { kind: "shut" };
      case "connect":
        this.#around.connect(command.as);
        return { kind: "connected" };
      case "peer":
        return { kind: "acted", seen: this.#around.channel(command.request).act(budget) };
    }
  }

  view(): BufferOwnershipView {
    return {
      intact: this.#pool.cells.every((cell) => this.#pool.intact(cell)),
      connections: this.#around.connections,
    };
  }

  [Symbol.dispose](): void {
    this.#stack[Symbol.dispose]();
  }

  /** Submits, and says how many entries were fetched; with a polling thread, how many it was shown. */
  #submit(budget: Budget): number {
    const { ring } = this.#ring;
    const before = ring.readyCount;
    const fetched = this.#ring.submit();
    if (this.#expiring) {
      // Nothing else was submitted: when both of its completions are there, the timer has nothing left to do.
      while (!ring.wait(before + 2, TIMER_MS)) budget.tick();
      this.#expiring = false;
    }
    const shown = (ring.preparedIndex - this.#publishedIndex) >>> 0;
    this.#publishedIndex = ring.preparedIndex;
    return this.#gate === undefined ? fetched : shown;
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
      this.#around.write(command, cells);
      const request = this.#hand(command, cells);
      this.#requests[command.as] = request;
      this.#names.set(request, { name: command.as, of: command });
      return { kind: "prepared" };
    } catch (error) {
      for (const cell of taken) cell.release();
      return this.#refused(() => {
        throw error;
      });
    }
  }

  /** Hands a request to the layer, with its timer or its thread when it has one. */
  #hand(command: Prepare, cells: readonly Cell[]): Request {
    const operation = this.#around.operation(command, cells);
    const { timer } = operationShapes[command.operation];
    if (timer === "none") {
      const request = this.#ring.prepare(operation);
      if (command.operation === "read-file") this.#ring.ring.amend({ flags: entryFlag.ASYNC });
      return request;
    }
    const afterMs = timer === "soon" ? 0 : timeoutMs;
    const [request, limit] = this.#ring.prepareLimited(operation, cells[1]!, afterMs);
    this.#names.set(limit, { name: command.as, of: "timer" });
    this.#expiring ||= timer === "soon";
    return request;
  }

  #completed(completed: Completed): BufferOwnershipReply {
    const { request, more, notification, filled } = completed;
    const { name, of } = this.#names.get(request)!;
    const result = outcomeOf(completed.result);
    if (!more) this.#names.delete(request);
    if (of === "cancel") return { kind: "cancel completed", request: name, result };
    if (of === "timer") {
      // Whether a timer was stopped or found nothing to stop is a race with the clock: to its owner it is the same.
      return { kind: "timer completed", request: name, result: result === "ENOENT" ? "ECANCELED" : result };
    }
    if (request.operation.kind === "link-timeout") request.operation.timespec.release();
    const good = result === "ok" && !notification;
    const isConnection = good && operationShapes[of.operation].waitsFor === "connection";
    const { connection, address } = isConnection
      ? this.#around.accepted(completed.result)
      : { connection: -1, address: undefined };
    const content = !good
      ? "none"
      : filled === undefined
      ? this.#content(of, name, address)
      : this.#isExpected(name, readMemory(filled.cell.address + filled.offset, filled.bytes));
    const [cell, kept] = [filled?.cell.index ?? -1, filled?.kept ?? false];
    return completedReply(name, { result, more, notification, content, connection, cell, kept });
  }

  #isExpected(name: number, bytes: Uint8Array | undefined): "right" | "wrong" {
    const expected = this.#around.expected(name);
    if (bytes === undefined || expected === undefined) return "wrong";
    return startsWith(bytes, expected) ? "right" : "wrong";
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
    if (operation === "read-file") return bytes.every((byte) => byte === 1) ? "right" : "wrong";
    if (address === undefined) return this.#isExpected(name, bytes);
    if (startsWith(bytes, address)) return "right";
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
