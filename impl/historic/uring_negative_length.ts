import type { Operation } from "../uring/operation.ts";
import { OwnedRing } from "../uring/owned_ring.ts";

/** Leaves in the length word of an accept whatever was there. */
export class NegativeLength extends OwnedRing {
  protected override initialise(operation: Operation): void {
    if (operation.kind !== "accept") super.initialise(operation);
  }
}
