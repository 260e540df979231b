import { assertEquals } from "@std/assert";
import { z } from "zod";
import { compileCodec } from "./codec.ts";
import { largestState, variantCount } from "./largest_state.ts";

Deno.test("largestState fills every list, and its variants take every alternative of a union", () => {
  const event = z.union([
    z.null(),
    z.strictObject({ kind: z.literal("read"), cells: z.array(z.int().min(3).max(9)).max(2) }),
    z.strictObject({ kind: z.literal("closed") }),
  ]);
  const codec = compileCodec(z.strictObject({ events: z.array(event).min(1).max(2), open: z.boolean() }));
  assertEquals(variantCount(codec.placement.root), 3);
  const states = [0, 1, 2].map((variant) =>
    structuredClone(codec.unpack(largestState(codec.placement, variant), 0))
  );
  const [read, closed] = [{ kind: "read", cells: [3, 3] }, { kind: "closed" }];
  assertEquals<unknown>(states, [
    { events: [null, null], open: false },
    { events: [read, read], open: false },
    { events: [closed, closed], open: false },
  ]);
});
