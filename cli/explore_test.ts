import { assertEquals, assertStringIncludes } from "@std/assert";
import { stripAnsiCode } from "@std/colors";
import { explore, exploreAsync, ThreadError } from "../lockstep/explore/mod.ts";
import { twoGates } from "../props/known/barrier.ts";
import { twoPhaseCommit } from "../props/known/two_phase_commit.ts";
import { leaseRingProtocol } from "../props/lease_ring.ts";
import { exitCode, exitCodeFor } from "./exit_code.ts";
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

Deno.test("explorationText says which conditions refused a command, and where first", () => {
  const { what } = leaseRingProtocol.scopes["tiny"]!();
  const result = explore(what, { liveness: false, why: [{ kind: "release", lease: 0 }] });
  assertStringIncludes(
    stripAnsiCode(explorationText([], result)),
    "release lease=0 was possible in 757 of 913 states\n" +
      "  nothing has been received as this lease: 156 states, first at the start\n",
  );
});

Deno.test("explorationText says for how many states the classes stand, and what a reduction has saved", () => {
  const text = explorationText([], explore(twoPhaseCommit(3, { symmetric: true })));
  assertStringIncludes(text, "symmetry: 80 classes stand for 288 states");
  assertStringIncludes(
    explorationText([], explore(twoGates(3), { reduction: true })),
    "reduction: orders of commands were left out in ",
  );
  const dependent = { ...twoGates(3), independence: { independent: () => false, visible: () => true } };
  assertStringIncludes(
    explorationText([], explore(dependent, { reduction: true })),
    "reduction: nothing could be left out, this was a full search",
  );
});

Deno.test("exitCodeFor takes a search that gets no threads for one that lacks something here", () => {
  assertEquals(
    exitCodeFor(new ThreadError("Cannot explore with 2 workers: no thread")),
    exitCode.environment,
  );
});
