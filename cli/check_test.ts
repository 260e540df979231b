import { assertEquals, assertStringIncludes } from "@std/assert";
import { checkProtocol } from "../lockstep/check/check_protocol.ts";
import { asTarget } from "../lockstep/drive/as_target.ts";
import type { Protocol } from "../lockstep/protocol.ts";
import { leaseRingProtocol } from "../props/lease_ring.ts";
import { checkText, totalsText } from "./check.ts";

const tiny = leaseRingProtocol.scopes["tiny"]!();

/** The tiny ring, driven on a machine, so that nothing here depends on a kernel. */
function protocolOf(driven: typeof tiny): Protocol {
  return { ...leaseRingProtocol, mistakes: [], scopes: { tiny: () => ({ ...driven, use: ["lockstep"] }) } };
}

const options = { cases: 50, commandsPerCase: 30, seed: 1, maximumMs: 10_000 };

Deno.test("totalsText adds up what was searched, driven and found", async () => {
  const driven = protocolOf({ ...tiny, target: asTarget(tiny.how!), walk: { labels: {} } });
  const result = await checkProtocol(driven, options);
  const commands = result.scopes[0]!.commands.toLocaleString("en-US");
  assertEquals(
    totalsText([result]),
    `0 states explored, ${commands} commands against the real side, 0 of 0 known mistakes found`,
  );
});

Deno.test("checkText shows the problems of a walk, and they are not well", async () => {
  const walk = { labels: {}, propose: () => ({ kind: "nonsense" }) };
  const result = await checkProtocol(
    protocolOf({ ...tiny, target: asTarget(tiny.how!), walk: walk as typeof tiny.walk }),
    options,
  );
  assertEquals(result.ok, false);
  assertStringIncludes(checkText(result), "problem: Cannot use a proposal for ring-offsets");
});
