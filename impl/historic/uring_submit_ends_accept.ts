import type { Lifetime, Pointer } from "../uring/lifetime.ts";
import type { Operation } from "../uring/operation.ts";
import { OwnedRing } from "../uring/owned_ring.ts";

/** Believes what articles and a manual page say: after submission an accept needs its address no more. */
export class SubmitEndsAccept extends OwnedRing {
  protected override lifetimeOf(kind: Operation["kind"], pointer: Pointer): Lifetime {
    return kind === "accept" ? "until-submit" : super.lifetimeOf(kind, pointer);
  }
}
