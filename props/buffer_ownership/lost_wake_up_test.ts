import { assertEquals } from "@std/assert";
import { skipUnless } from "../../ffi/skip_unless.ts";
import { whyNoUring } from "../../impl/uring/why_no_uring.ts";
import { ownershipRules } from "../../model/buffer_ownership/ownership_rules.ts";
import { cancelFirstAccept } from "./lost_wake_up.ts";

const uring = skipUnless("lost wake-ups", whyNoUring({ deferTaskrun: true }));

Deno.test("cancelFirstAccept finds on this kernel what the mechanism says about wake-ups", uring, () => {
  // Lost: the accept is not told, and the listener can be read.
  const expected = ownershipRules.rewakes
    ? { accepted: true, readable: false }
    : { accepted: false, readable: true };
  for (const family of ["unix", "tcp"] as const) {
    for (const order of ["cancel, connect", "connect, cancel"] as const) {
      for (let run = 0; run < 20; run++) assertEquals(cancelFirstAccept(family, order), expected, order);
    }
  }
});

Deno.test(
  "cancelFirstAccept loses nothing when the ring is entered between the cancel and the connection",
  uring,
  () => {
    for (const family of ["unix", "tcp"] as const) {
      const result = cancelFirstAccept(family, "cancel, enter, connect");
      assertEquals(result, { accepted: true, readable: false }, family);
    }
  },
);
