import { OwnedRing } from "../uring/owned_ring.ts";
import type { EnterOptions } from "../uring/ring.ts";

/** Believes that everything which was published has been fetched once the kernel was entered. */
export class EnterEnds extends OwnedRing {
  #publishedIndex = 0;

  override enter(options?: EnterOptions): number {
    this.#publishedIndex = this.ring.preparedIndex;
    return super.enter(options);
  }

  protected override fetchedIndex(): number {
    return this.#publishedIndex;
  }
}
