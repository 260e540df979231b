/**
 * The zero-copy sender on real sockets as a target, in the terms of the model.
 *
 * Every use of a buffer fills it with one byte that names the buffer and whether the use is odd or even, so that the
 * reader sees which use its bytes are from.
 *
 * @module
 */
import { errnoName } from "../../ffi/errno.ts";
import { type LoopbackOptions, LoopbackPair } from "../../ffi/loopback_pair.ts";
import { receive } from "../../ffi/socket.ts";
import { KernelZerocopySocket } from "../../ffi/zerocopy_socket.ts";
import { BiasedSocket } from "../../impl/biased_socket.ts";
import { BufferPool } from "../../impl/buffer_pool.ts";
import { RecordedSocket } from "../../impl/recorded_socket.ts";
import { ReorderedSocket } from "../../impl/reordered_socket.ts";
import { StarvedSocket } from "../../impl/starved_socket.ts";
import { ZerocopySender } from "../../impl/zerocopy_sender.ts";
import type { Budget, Probe, Subject, Target } from "../../lockstep/machine.ts";
import type {
  Attempt,
  NotificationRecord,
  Run,
  ZerocopyCommand,
  ZerocopyReply,
  ZerocopyScope,
  ZerocopyStart,
  ZerocopyView,
} from "../../model/zerocopy_index/scope.ts";

/** How a scope of the model becomes bytes and sockets. */
export interface Wiring extends LoopbackOptions {
  /** Bytes of one unit of the model. */
  readonly unitBytes: number;
  /** Whether notifications overtake each other. */
  readonly reordered?: boolean;
}

/** A target for the zero-copy index. */
export type ZerocopyTarget = Target<ZerocopyCommand, ZerocopyReply, ZerocopyStart, ZerocopyView>;

class ZerocopySubject implements Subject<ZerocopyCommand, ZerocopyReply, ZerocopyView> {
  readonly #scope: ZerocopyScope;
  readonly #unitBytes: number;
  readonly #pair: LoopbackPair;
  readonly #pool: BufferPool;
  readonly #starved: StarvedSocket;
  readonly #recorded: RecordedSocket;
  readonly #sender: ZerocopySender;
  /** By buffer: 1 after an odd number of uses. */
  readonly #parity: number[];
  readonly #scratch: Uint8Array<ArrayBuffer> = new Uint8Array(65536);
  #ended: number[] = [];
  #aborted: number[] = [];
  #closed = false;
  #budget: Budget | undefined;

  constructor(scope: ZerocopyScope, wiring: Wiring, firstId: number, Sender: typeof ZerocopySender) {
    this.#scope = scope;
    this.#unitBytes = wiring.unitBytes;
    this.#parity = Array.from({ length: scope.buffers }, () => 0);
    this.#pair = new LoopbackPair(wiring);
    this.#pool = new BufferPool(scope.buffers, Math.max(1, ...scope.requestUnits) * wiring.unitBytes);
    const kernel = new KernelZerocopySocket(this.#pair.senderFd);
    const ordered = wiring.reordered === true ? new ReorderedSocket(kernel) : kernel;
    this.#starved = new StarvedSocket(new BiasedSocket(ordered, firstId));
    this.#recorded = new RecordedSocket(this.#starved);
    this.#sender = new Sender(this.#recorded, this.#pool, {
      thresholdBytes: scope.thresholdUnits * wiring.unitBytes,
      chunkBytes: scope.chunkUnits * wiring.unitBytes,
      batchRequests: scope.batchRequests,
      spanLimit: scope.spanLimit,
      firstId,
      onEnd: (buffer, ending) => (ending === "sent" ? this.#ended : this.#aborted).push(buffer),
      tick: () => this.#budget?.tick(),
    });
  }

  perform(command: ZerocopyCommand, budget: Budget): ZerocopyReply {
    this.#budget = budget;
    switch (command.kind) {
      case "submit":
        return this.#submit(command.units, command.hold);
      case "poll": {
        const refusedBefore = this.#sender.refusedCount;
        this.#sender.poll(command.records === "all" ? Infinity : 1);
        const { records, attempts, ended } = this.#observed();
        return {
          kind: "polled",
          records,
          refused: this.#sender.refusedCount - refusedBefore,
          attempts,
          ended,
        };
      }
      case "read":
        return { kind: "read", runs: this.#read() };
      case "settle": {
        const runs: Run[] = [];
        this.#pair.drain(this.#scratch, (bytes) => this.#decode(bytes, runs), () => budget.tick());
        return { kind: "settled", runs };
      }
      case "starve":
      case "relieve":
        this.#starved.starved = command.kind === "starve";
        return { kind: "done" };
      case "close":
        this.#sender.close();
        this.#pair.closeSender();
        this.#closed = true;
        return { kind: "closed", aborted: this.#aborted };
    }
  }

  view(): ZerocopyView {
    return { freeBuffers: this.#pool.freeCount, pendingRequests: this.#sender.pendingCount };
  }

  [Symbol.dispose](): void {
    this.#pair[Symbol.dispose]();
    this.#pool[Symbol.dispose]();
  }

  #submit(units: number, hold: boolean): ZerocopyReply {
    const buffer = this.#pool.acquire();
    if (buffer < 0) return { kind: "full" };
    this.#parity[buffer] = 1 - this.#parity[buffer]!;
    this.#pool.bytes(buffer).fill(1 + 2 * buffer + this.#parity[buffer]!);
    if (this.#closed) {
      this.#pool.release(buffer);
      return { kind: "filled", buffer };
    }
    this.#sender.submit(buffer, units * this.#unitBytes, hold);
    const { attempts, ended } = this.#observed();
    return { kind: "submitted", buffer, attempts, ended };
  }

  /** What passed at the seam and what the owner was told since the last command. */
  #observed(): { records: NotificationRecord[]; attempts: Attempt[]; ended: number[] } {
    const { sends, notifications } = this.#recorded.take();
    const ended = this.#ended;
    this.#ended = [];
    return {
      records: notifications.map(({ low, high, copied }) => ({ low, high, copied })),
      attempts: sends.map(({ bytes, zerocopy, result }) => ({
        units: bytes / this.#unitBytes,
        zerocopy,
        result: result >= 0 ? result / this.#unitBytes : errnoName(-result) as "EAGAIN" | "ENOBUFS",
      })),
      ended,
    };
  }

  #read(): Run[] {
    const datagrams = this.#scope.transport === "datagram";
    const most = datagrams ? this.#scratch.length : this.#scope.readUnits * this.#unitBytes;
    const received = receive(this.#pair.peerFd, this.#scratch, most);
    const runs: Run[] = [];
    if (received > 0) this.#decode(this.#scratch.subarray(0, received), runs);
    return runs;
  }

  /** Appends `bytes` to `runs`, joined with the last run of a stream. */
  #decode(bytes: Uint8Array, runs: Run[]): void {
    let from = 0;
    while (from < bytes.length) {
      const byte = bytes[from]!;
      let to = from + 1;
      while (to < bytes.length && bytes[to] === byte) to++;
      const buffer = (byte - 1) >> 1;
      const parity = (byte - 1) & 1;
      const units = (to - from) / this.#unitBytes;
      const last = runs.at(-1);
      const joins = this.#scope.transport === "stream" && last?.buffer === buffer && last.parity === parity;
      if (joins) runs[runs.length - 1] = { ...last, units: last.units + units };
      else runs.push({ buffer, parity, units });
      from = to;
    }
  }
}

/** The sender on real sockets as a target; `Sender` puts a mistake in. */
export function zerocopyTarget(
  scope: ZerocopyScope,
  wiring: Wiring,
  Sender: typeof ZerocopySender = ZerocopySender,
  name = `zero-copy sender over ${wiring.transport} and ${wiring.family}`,
): ZerocopyTarget {
  return {
    name,
    probe(): Probe {
      try {
        using pair = new LoopbackPair(wiring);
        new KernelZerocopySocket(pair.senderFd)[Symbol.dispose]();
        return { missing: [], facts: {} };
      } catch (error) {
        return { missing: [error instanceof Error ? error.message : String(error)], facts: {} };
      }
    },
    open: ({ firstId }) => new ZerocopySubject(scope, wiring, firstId, Sender),
  };
}
