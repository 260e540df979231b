import { assertEquals, assertStringIncludes } from "@std/assert";
import { exploreAsync } from "../lockstep/explore/mod.ts";
import { leaseRingProtocol } from "../props/lease_ring.ts";
import { explorationText, reportsOf } from "./explore.ts";

Deno.test("explorationText shows lanes, states and the broken promise of a shortest trace", async () => {
  const mistake = leaseRingProtocol.mistakes.find(({ name }) => name === "exact-fill")!;
  const scope = leaseRingProtocol.scopes["small"]!();
  const machine = mistake.how!();
  const result = await exploreAsync(machine, { stopAtFirst: true, maximumStates: 20_000 });
  const [report, ...more] = reportsOf(leaseRingProtocol, "small", scope, machine, result, "exact-fill");
  assertEquals(more, []);
  assertEquals(report!.steps.map(({ action }) => action), ["write length=12 as=0"]);
  assertEquals([report!.lanes, report!.case.mistake, report!.foundBy], [["writer"], "exact-fill", "explore"]);
  assertEquals(report!.steps[0]!.picture !== undefined, true);
  const text = explorationText([report!], result);
  assertStringIncludes(text, "a promise of ring-offsets with exact-fill is broken");
  assertStringIncludes(text, "case: lease-ring, scope small, with exact-fill, start ");
});

Deno.test("explorationText says that no violation of an unfinished search is no proof", async () => {
  const { what } = leaseRingProtocol.scopes["small"]!();
  const result = await exploreAsync(what, { maximumStates: 100 });
  assertStringIncludes(explorationText([], result), "no violation in what was seen");
});
