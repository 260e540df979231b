/**
 * The protocols that ship with this project.
 *
 * @module
 */
import type { Protocol } from "../lockstep/protocol.ts";
import { bufferOwnershipProtocol } from "./buffer_ownership.ts";
import { leaseRingProtocol } from "./lease_ring.ts";
import { sharedBufferProtocol } from "./shared_buffer.ts";

/** All protocols, in the order in which they are listed and checked. */
export const protocols: readonly Protocol[] = [
  leaseRingProtocol,
  bufferOwnershipProtocol,
  sharedBufferProtocol,
];
