import { OwnedRing } from "../uring/owned_ring.ts";
import type { Request } from "../uring/request.ts";

const EALREADY = -114;

/** Takes "too late, it is being carried out" for "it is over". */
export class AlreadyEnds extends OwnedRing {
  protected override settle(request: Request, result: number, flags: number): void {
    super.settle(request, result, flags);
    if (request.operation.kind === "cancel" && result === EALREADY) request.operation.target.giveBackAll();
  }
}
