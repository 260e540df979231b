import type { Lifetime, Pointer } from "../uring/lifetime.ts";
import type { Operation } from "../uring/operation.ts";
import { OwnedRing } from "../uring/owned_ring.ts";

/** Treats the header of a recvmsg like that of a sendmsg, which is copied at submission. */
export class SubmitEndsRecvmsg extends OwnedRing {
  protected override lifetimeOf(kind: Operation["kind"], pointer: Pointer): Lifetime {
    return kind === "recvmsg" && pointer === "header" ? "until-submit" : super.lifetimeOf(kind, pointer);
  }
}
