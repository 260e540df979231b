/**
 * The pictures in the documents, as states that a machine is led to: drawn again by a test.
 *
 * @module
 */
import type { AnyCommand, Machine, World } from "../lockstep/machine.ts";
import type { Picture } from "../lockstep/picture.ts";
import { type OwnershipMistake, ownershipMistakes } from "../model/ownership_rules.ts";
import type { BufferOwnershipCommand } from "../model/ownership_vocabulary.ts";
import { uringMechanism } from "../model/uring_mechanism.ts";
import { ownershipScope } from "../props/buffer_ownership.ts";
import { bufferOwnershipPicture } from "../props/buffer_ownership_picture.ts";
import { leaseRingSizes } from "../props/lease_ring.ts";
import { leaseRingPicture } from "../props/lease_ring_picture.ts";
import type { LeaseRingCommand } from "../model/lease_ring.ts";
import { type RingMistake, ringOffsets } from "../model/ring_offsets.ts";
import { zerocopyMechanism } from "../model/zerocopy_mechanism.ts";
import type { SenderMistake } from "../model/zerocopy_sender_rules.ts";
import { zerocopySizes } from "../props/zerocopy_index.ts";
import { zerocopyPicture } from "../props/zerocopy_index_picture.ts";

/** The state to which a machine is led; it has nothing to choose on the way. */
function stateAfter<State, Command extends AnyCommand, Reply, Start, View>(
  machine: Machine<State, Command, Reply, Start, View>,
  start: Start,
  commands: readonly Command[],
): State {
  const world: World<never> = {
    choose: () => 0,
    tick() {},
    cut: (reason: string): never => {
      throw new Error(reason);
    },
    refuse: () => undefined,
  };
  const state = machine.initial(start, world);
  for (const command of commands) {
    if (machine.step(state, command, world) === undefined) {
      throw new Error(`Cannot draw: ${JSON.stringify(command)} is not possible`);
    }
  }
  return state;
}

function leaseRing(commands: readonly LeaseRingCommand[], mistake?: RingMistake): Picture {
  const machine = ringOffsets(leaseRingSizes.small, mistake);
  return leaseRingPicture(stateAfter(machine, { offset: 0, sequence: 0 }, commands));
}

/** Three full sends that begin two numbers before the wrap; the kernel takes everything. */
function zerocopyIndex(mistake?: SenderMistake): Picture {
  const machine = zerocopyMechanism(zerocopySizes.kernel, mistake);
  const send = { kind: "submit", units: 2, hold: false } as const;
  return zerocopyPicture(stateAfter(machine, { firstId: 2 ** 32 - 2 }, [send, send, send]));
}

/** An accept that is cancelled on a ring with DEFER_TASKRUN: the cancel's own completion is read first. */
function cancelledAccept(mistake?: OwnershipMistake): Picture {
  const machine = uringMechanism(
    ownershipScope("accept"),
    "enter",
    mistake === undefined ? {} : ownershipMistakes[mistake],
  );
  const commands: readonly BufferOwnershipCommand[] = [
    { kind: "prepare", operation: "accept", cells: [0, 1], as: 0 },
    { kind: "submit" },
    { kind: "prepare", operation: "accept-alone", cells: [], as: 1 },
    { kind: "cancel", request: 0 },
    { kind: "reap" },
    { kind: "connect", as: 0 },
  ];
  return bufferOwnershipPicture(stateAfter(machine, "unmap", commands));
}

/** By the name of the file in `docs/pictures`. */
export const pictures: Readonly<Record<string, () => Picture>> = {
  "lease-ring-waits.svg": () =>
    leaseRing([
      { kind: "write", length: 4, as: 0 },
      { kind: "write", length: 3, as: 1 },
      { kind: "receive", as: 0 },
      { kind: "receive", as: 1 },
      { kind: "release", lease: 1 },
    ]),
  "lease-ring-hole.svg": () =>
    leaseRing([
      { kind: "write", length: 5, as: 0 },
      { kind: "receive", as: 0 },
      { kind: "write", length: 6, as: 1 },
      { kind: "release", lease: 0 },
      { kind: "write", length: 2, as: 0 },
    ]),
  "lease-ring-overwritten.svg": () =>
    leaseRing([
      { kind: "write", length: 6, as: 0 },
      { kind: "receive", as: 0 },
      { kind: "write", length: 7, as: 1 },
    ], "eager-start"),
  "buffer-ownership-cancelled.svg": () => cancelledAccept(),
  "buffer-ownership-cancel-ends.svg": () => cancelledAccept("cancel-ends"),
  "zerocopy-index-wrap.svg": () => zerocopyIndex(),
  "zerocopy-index-skipped.svg": () => zerocopyIndex("wrap-to-one"),
};
