import type { Pointer } from "../uring/lifetime.ts";
import type { Operation } from "../uring/operation.ts";
import { OwnedRing } from "../uring/owned_ring.ts";
import type { Cell } from "../uring/pool.ts";
import type { Request } from "../uring/request.ts";

/** Hands one address to two requests at a time: the last one counts as its owner. */
export class SharedAddress extends OwnedRing {
  protected override initialise(operation: Operation): void {
    if (operation.kind === "accept") {
      for (const cell of [operation.address, operation.length]) {
        if (cell?.holder !== undefined) cell.giveBack(cell.holder);
      }
    }
    super.initialise(operation);
  }

  protected override lend(request: Request, cell: Cell, pointer: Pointer): void {
    if (cell.holder !== undefined) cell.giveBack(cell.holder);
    super.lend(request, cell, pointer);
  }
}
