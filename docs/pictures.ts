/**
 * The pictures in the documents, as states that a machine is led to: drawn again by a test.
 *
 * @module
 */
import type { Picture } from "../lockstep/picture.ts";
import { leaseRingSizes } from "../props/lease_ring.ts";
import { leaseRingPicture } from "../props/lease_ring_picture.ts";
import type { LeaseRingCommand } from "../model/lease_ring.ts";
import { type RingMistake, ringOffsets } from "../model/ring_offsets.ts";

function leaseRing(commands: readonly LeaseRingCommand[], mistake?: RingMistake): Picture {
  const machine = ringOffsets(leaseRingSizes.small, mistake);
  const world = {
    choose: () => 0,
    tick() {},
    cut: (reason: string): never => {
      throw new Error(reason);
    },
  };
  const state = machine.initial({ offset: 0, sequence: 0 }, world);
  for (const command of commands) {
    if (machine.step(state, command, world) === undefined) {
      throw new Error(`Cannot draw: ${command.kind} is not possible`);
    }
  }
  return leaseRingPicture(state);
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
};
