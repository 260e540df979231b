import { OwnedRing } from "../uring/owned_ring.ts";
import type { Request } from "../uring/request.ts";

/** Takes the completion of a cancel, whatever it says, for the end of the request that was to be cancelled. */
export class CancelEnds extends OwnedRing {
  protected override settle(request: Request, result: number, flags: number): void {
    super.settle(request, result, flags);
    if (request.operation.kind === "cancel") request.operation.target.giveBackAll();
  }
}
