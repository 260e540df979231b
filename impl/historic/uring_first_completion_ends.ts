import { OwnedRing } from "../uring/owned_ring.ts";
import type { Request } from "../uring/request.ts";

/** Gives everything back with the first completion, although a notification will follow. */
export class FirstCompletionEnds extends OwnedRing {
  protected override settle(request: Request, _result: number, _flags: number): void {
    request.giveBackAll();
  }
}
