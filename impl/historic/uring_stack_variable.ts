import type { Pointer } from "../uring/lifetime.ts";
import { OwnedRing } from "../uring/owned_ring.ts";
import type { Cell } from "../uring/pool.ts";
import type { Request } from "../uring/request.ts";

/** Leaves the address of an accept with the caller, whose stack frame may be gone before the entry is fetched. */
export class StackVariable extends OwnedRing {
  protected override lend(request: Request, cell: Cell, pointer: Pointer): void {
    if (request.operation.kind !== "accept") super.lend(request, cell, pointer);
  }
}
