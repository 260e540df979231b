import { OwnedRing } from "../uring/owned_ring.ts";

/** Believes that everything has been fetched once the kernel was entered. */
export class EnterEnds extends OwnedRing {
  protected override fetchedIndex(): number {
    return this.ring.preparedIndex;
  }
}
