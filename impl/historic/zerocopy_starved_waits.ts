/**
 * After `ENOBUFS` the sender waits for a notification although nothing is in flight.
 *
 * gRPC before #30320 (2022): with the memory locked up by others there is never an event, and the writer sleeps for ever.
 *
 * Rule changed: the sender never copies instead of waiting.
 *
 * @module
 */
import { ZerocopySender } from "../zerocopy_sender.ts";

/** Waits for what never comes. */
export class StarvedWaitsSender extends ZerocopySender {
  protected override copiesInstead(): boolean {
    return false;
  }
}
