/**
 * Lease ring: where the models and the ring in shared memory meet.
 *
 * Every message is filled with a pattern that names it, so that a byte that belongs to somebody else is seen: the
 * upper four bits are the message's name, the lower four its position, shifted by how often the name was used.
 *
 * @module
 */
import type { Budget, Probe, Subject, Target } from "../lockstep/machine.ts";
import type { Mistake, Protocol, Scope } from "../lockstep/protocol.ts";
import type { Draw, Walk } from "../lockstep/walk.ts";
import {
  type Lease,
  type LeaseRing,
  type LeaseRingParts,
  openLeaseRing,
  StaleLeaseError,
} from "../impl/lease_ring.ts";
import {
  isNextMessage,
  type LeaseRingCommand,
  type LeaseRingReply,
  type LeaseRingScope,
  type LeaseRingStart,
  type LeaseRingView,
} from "../model/lease_ring/vocabulary.ts";
import { leaseRing } from "../model/lease_ring.ts";
import { availableBytes, type RingOffsetsState } from "../model/lease_ring/ring_steps.ts";
import { ringOffsets } from "../model/lease_ring/ring_offsets.ts";
import { leaseRingMistakes } from "./lease_ring/mistakes.ts";
import { leaseRingPicture } from "./lease_ring/picture.ts";

class LeaseRingSubject implements Subject<LeaseRingCommand, LeaseRingReply, LeaseRingView> {
  readonly #ring: LeaseRing;
  readonly #leases: (Lease | undefined)[];
  /** Per message name: how often it was used, and the length of its last message. */
  readonly #uses: number[];
  readonly #lengths: number[];
  readonly #scratch: Uint8Array<ArrayBuffer>;

  constructor(ring: LeaseRing, scope: LeaseRingScope) {
    this.#ring = ring;
    this.#leases = Array.from({ length: scope.leases }, () => undefined);
    this.#uses = Array.from({ length: scope.messages }, () => 0);
    this.#lengths = Array.from({ length: scope.messages }, () => 0);
    this.#scratch = new Uint8Array(Math.max(...scope.lengths));
  }

  perform(command: LeaseRingCommand, _budget: Budget): LeaseRingReply {
    const { reader } = this.#ring;
    switch (command.kind) {
      case "write":
        return { kind: this.#write(command.length, command.as) ? "written" : "full" };
      case "receive": {
        const lease = reader.receive();
        if (lease === undefined) return { kind: "empty" };
        this.#leases[command.as] = lease;
        return {
          kind: "received",
          content: this.#name(lease.bytes),
          length: lease.length,
          copied: lease.copied,
        };
      }
      case "read":
        return this.#read(this.#leases[command.lease]!);
      case "release":
        return { kind: this.#leases[command.lease]!.release() ? "released" : "stale" };
      case "expire":
        return { kind: this.#leases[command.lease]!.expire() ? "expired" : "stale" };
      case "drop": {
        const bytes = reader.peek(0);
        const length = reader.drop();
        if (bytes === undefined || length === undefined) return { kind: "empty" };
        return { kind: "dropped", content: this.#name(bytes), length };
      }
    }
  }

  view(): LeaseRingView {
    const { reader } = this.#ring;
    const unread: number[] = [];
    for (let index = 0; index < reader.unreadCount; index++) {
      unread.push(this.#name(reader.peek(index)!) ?? -1);
    }
    return {
      leases: this.#leases.map((lease) =>
        lease === undefined || lease.ended !== undefined ? null : this.#name(lease.bytes) ?? -1
      ),
      unread,
    };
  }

  [Symbol.dispose](): void {
    this.#ring[Symbol.dispose]();
  }

  #write(length: number, name: number): boolean {
    const bytes = this.#scratch.subarray(0, length);
    const uses = this.#uses[name]! + 1;
    for (let index = 0; index < length; index++) bytes[index] = pattern(name, uses, index);
    if (!this.#ring.writer.write(bytes)) return false;
    this.#uses[name] = uses;
    this.#lengths[name] = length;
    return true;
  }

  #read(lease: Lease): LeaseRingReply {
    try {
      const { bytes } = lease;
      return { kind: "read", content: this.#name(bytes), length: bytes.length };
    } catch (error) {
      if (error instanceof StaleLeaseError) return { kind: "stale" };
      throw error;
    }
  }

  /** The message whose bytes these are, all of them and no others. */
  #name(bytes: Uint8Array): number | null {
    const name = (bytes[0] ?? 0) >> 4;
    const uses = this.#uses[name];
    if (uses === undefined || this.#lengths[name] !== bytes.length) return null;
    for (let index = 0; index < bytes.length; index++) {
      if (bytes[index] !== pattern(name, uses, index)) return null;
    }
    return name;
  }
}

function pattern(name: number, uses: number, index: number): number {
  return name << 4 | (index + 5 * uses) & 15;
}

/** The ring in shared memory as a target; `parts` puts a mistake in. */
export function leaseRingTarget(
  scope: LeaseRingScope,
  parts: LeaseRingParts = {},
  name = "ring in shared memory",
): Target<LeaseRingCommand, LeaseRingReply, LeaseRingStart, LeaseRingView> {
  const { capacityBytes } = scope;
  return {
    name,
    probe: (): Probe => {
      try {
        openLeaseRing({ capacityBytes })[Symbol.dispose]();
        return { missing: [], facts: {} };
      } catch (error) {
        return { missing: [error instanceof Error ? error.message : String(error)], facts: {} };
      }
    },
    open: ({ offset, sequence }) =>
      new LeaseRingSubject(
        openLeaseRing({ capacityBytes, slots: 16, startBytes: offset, messageCounter: sequence }, parts),
        scope,
      ),
  };
}

function nextMessage(state: RingOffsetsState, messages: number): number | undefined {
  for (let name = 0; name < messages; name++) if (isNextMessage(state, name)) return name;
  return undefined;
}

function walk(scope: LeaseRingScope): Walk<RingOffsetsState, LeaseRingCommand, LeaseRingReply> {
  const { capacityBytes } = scope;
  const edges = [1, capacityBytes - 1, capacityBytes, capacityBytes + 1];
  return {
    weights: { write: 6, receive: 4, release: 4, read: 1, drop: 1, expire: 1 },
    /** One draw in six is a write at a boundary of this state: what is left, the tail, one more, one less. */
    propose(state, draw: Draw) {
      if (draw.integer(0, 5) > 0) return undefined;
      const as = nextMessage(state as RingOffsetsState, scope.messages);
      if (as === undefined) return undefined;
      const available = availableBytes(state, capacityBytes);
      const tail = capacityBytes - state.end;
      const length = draw.pick([available - 1, available, available + 1, tail, tail + 1, tail - 1]);
      return scope.lengths.includes(length) ? { kind: "write", length, as } : undefined;
    },
    // Where there are a dozen lengths, each is drawn often enough.
    ...(scope.lengths.length > 12
      ? { boundaries: { length: edges.filter((length) => scope.lengths.includes(length)) } }
      : {}),
    labels: {
      "a message was split": ({ reply }) => reply.kind === "received" && reply.copied,
      "the ring restarted at its front": ({ command, reply, after }) => {
        const last = after.held.at(-1);
        const before = after.held.at(-2);
        return command.kind === "write" && reply.kind === "written" && last!.offset === 0 &&
          before !== undefined &&
          before.offset + before.length < capacityBytes;
      },
      "all but the gap was filled": ({ command, reply, after }) =>
        command.kind === "write" && reply.kind === "written" && availableBytes(after, capacityBytes) === 1,
      "an exact fill was refused": ({ command, reply, after }) =>
        command.kind === "write" && reply.kind === "full" &&
        command.length === availableBytes(after, capacityBytes),
      "a release waited for an older lease": ({ command, reply, after }) =>
        command.kind === "release" && reply.kind === "released" &&
        after.held.some((held) => held.status === "done"),
      "a stale lease was refused": ({ reply }) => reply.kind === "stale",
      "a lease expired": ({ reply }) => reply.kind === "expired",
      "a message was dropped unread": ({ reply }) => reply.kind === "dropped",
    },
  };
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

function scope(description: string, sizes: LeaseRingScope, use: Scope["use"]): Scope {
  return {
    description,
    what: leaseRing(sizes),
    how: ringOffsets(sizes),
    walk: walk(sizes),
    target: leaseRingTarget(sizes),
    picture: leaseRingPicture,
    use,
  };
}

/** The sizes of the scopes, by name. */
export const leaseRingSizes: Readonly<Record<"tiny" | "small" | "medium", LeaseRingScope>> = {
  tiny: { capacityBytes: 12, messages: 2, leases: 1, lengths: upTo(12) },
  small: { capacityBytes: 12, messages: 3, leases: 2, lengths: upTo(12) },
  medium: { capacityBytes: 61, messages: 6, leases: 4, lengths: upTo(62) },
};

/** The lease ring, with everything the engines need. */
export const leaseRingProtocol: Protocol = {
  name: "lease-ring",
  title: "Lease ring: a byte ring in shared memory whose reader lends messages instead of copying them",
  scopes: {
    small: () =>
      scope("12 bytes, 3 messages, 2 leases: explored completely", leaseRingSizes.small, [
        "explore",
        "refines",
        "lockstep",
      ]),
    tiny: () => scope("12 bytes, 2 messages, 1 lease: toured completely", leaseRingSizes.tiny, ["tour"]),
    medium: () => scope("61 bytes, 6 messages, 4 leases: driven", leaseRingSizes.medium, ["lockstep"]),
  },
  mistakes: leaseRingMistakes.map(({ twin, parts, ...words }): Mistake => ({
    ...words,
    scope: "small",
    ...(twin === undefined ? {} : { how: () => ringOffsets(leaseRingSizes.small, twin) }),
    target: () => leaseRingTarget(leaseRingSizes.small, parts, `ring with ${words.name}`),
  })),
};
