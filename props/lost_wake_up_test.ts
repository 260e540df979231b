import { assertEquals } from "@std/assert";
import { ownershipRules } from "../model/ownership_rules.ts";
import { cancelFirstAccept } from "./lost_wake_up.ts";

Deno.test("cancelFirstAccept finds on this kernel what the mechanism says about wake-ups", () => {
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

Deno.test("cancelFirstAccept loses nothing when the ring is entered between the cancel and the connection", () => {
  for (const family of ["unix", "tcp"] as const) {
    const result = cancelFirstAccept(family, "cancel, enter, connect");
    assertEquals(result, { accepted: true, readable: false }, family);
  }
});
