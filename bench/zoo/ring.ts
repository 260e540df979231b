/**
 * The lease ring of the suite, with the mistakes of its mechanism as implementations.
 *
 * @module
 */
import type { LeaseRingScope } from "../../model/lease_ring/vocabulary.ts";
import { type RingMistake, ringMistakes } from "../../model/lease_ring/ring_rules.ts";
import { ringOffsets } from "../../model/lease_ring/ring_offsets.ts";
import { leaseRingProtocol } from "../../props/lease_ring.ts";
import type { ZooHouse } from "./zoo.ts";

const scope: LeaseRingScope = {
  capacityBytes: 12,
  messages: 3,
  leases: 2,
  lengths: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
};

/** The lease ring's house. */
export function ringHouse(): ZooHouse {
  return {
    name: "lease-ring",
    model: ringOffsets(scope),
    walk: leaseRingProtocol.scopes["small"]!().walk,
    correct: ringOffsets(scope),
    bugs: (Object.keys(ringMistakes) as RingMistake[]).map((name) => ({
      name,
      title: "a known mistake of the lease ring",
      implementation: ringOffsets(scope, name),
    })),
  };
}
