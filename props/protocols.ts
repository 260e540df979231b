/**
 * The protocols that ship with this project.
 *
 * @module
 */
import type { Protocol } from "../lockstep/protocol.ts";
import { bufferOwnershipProtocol } from "./buffer_ownership.ts";
import { leaseRingProtocol } from "./lease_ring.ts";
import { pageFlagsProtocol } from "./page_flags.ts";
import { sharedBufferProtocol } from "./shared_buffer.ts";
import { zerocopyIndexProtocol } from "./zerocopy_index.ts";

/** All protocols, in the order in which they are listed and checked. */
export const protocols: readonly Protocol[] = [
  leaseRingProtocol,
  zerocopyIndexProtocol,
  bufferOwnershipProtocol,
  pageFlagsProtocol,
  sharedBufferProtocol,
];
