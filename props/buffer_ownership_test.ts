import { assert, assertEquals, assertThrows } from "@std/assert";
import { skipUnless } from "../ffi/skip_unless.ts";
import { findMistakes } from "../lockstep/check/find_mistakes.ts";
import { sidesOf } from "../lockstep/check/sides.ts";
import { explore, refines } from "../lockstep/explore/mod.ts";
import { assertScopeAgrees } from "../lockstep/report/assert_agreed.ts";
import { tour } from "../lockstep/tour/tour.ts";
import { bufferOwnership } from "../model/buffer_ownership.ts";
import type { OwnershipClass } from "../model/buffer_ownership/ownership_operations.ts";
import { uringMechanism } from "../model/buffer_ownership/uring_mechanism.ts";
import { noLostWakeUp } from "../model/buffer_ownership/uring_promises.ts";
import { bufferOwnershipProtocol, ownershipClasses, ownershipScope } from "./buffer_ownership.ts";

/** The options of tests that drive a scope on the running kernel. */
function driven(name: string): { readonly ignore: boolean } {
  const { missing } = bufferOwnershipProtocol.scopes[name]!().target.probe();
  return skipUnless(`buffer ownership in scope ${name}`, missing[0]);
}

const classes: readonly OwnershipClass[] = [...ownershipClasses, "worker"];

// With 3 cells they are explored by `check`, which takes longer.
Deno.test("bufferOwnership keeps its promises in every state with 2 requests and 2 cells", () => {
  for (const name of classes) {
    const result = explore(bufferOwnership({ ...ownershipScope(name), cells: 2 }));
    assertEquals(result.violations, [], name);
    assert(result.exhausted, name);
  }
});

Deno.test("uringMechanism keeps its promises, and every request ends, whenever the kernel moves", () => {
  for (const name of classes) {
    for (const fire of ["any", "connect", "enter"] as const) {
      const cells = name === "accept" ? 1 : 2;
      const result = explore(uringMechanism({ ...ownershipScope(name), cells }, fire));
      assertEquals([result.violations, result.undecided], [[], []], `${name}, ${fire}`);
      assert(result.exhausted, `${name}, ${fire}`);
    }
  }
});

Deno.test("uringMechanism refines the specification of every class, whenever the kernel moves", () => {
  for (const name of classes) {
    for (const fire of ["any", "connect", "enter"] as const) {
      const size = { ...ownershipScope(name), requests: name === "zero-copy" ? 2 : 1, cells: 2 };
      const result = refines(uringMechanism(size, fire), bufferOwnership(size));
      assertEquals(result.violations, [], `${name}, ${fire}`);
      assert(result.exhausted, `${name}, ${fire}`);
    }
  }
});

Deno.test("uringMechanism loses a wake-up with Linux's rule, and none where cancelling passes it on", () => {
  const size = { ...ownershipScope("accept"), cells: 1 };
  const lost = explore(uringMechanism(size, "enter", {}, noLostWakeUp(size, "enter")));
  assertEquals(lost.violations.map(({ kind, property }) => [kind, property]), [
    ["leadsTo", "a connection that waits is accepted while an accept waits"],
  ]);
  const passedOn = explore(uringMechanism(size, "enter", { rewakes: true }, noLostWakeUp(size, "enter")));
  assertEquals([passedOn.violations, passedOn.undecided], [[], []]);
});

Deno.test("bufferOwnership refuses sizes that are out of range", () => {
  const size = ownershipScope("accept");
  assertThrows(
    () => bufferOwnership({ ...size, requests: 0 }),
    RangeError,
    "requests is 0, must be an integer",
  );
  assertThrows(
    () => uringMechanism({ ...size, cells: 7 }, "any"),
    RangeError,
    "cells is 7, must be an integer",
  );
});

/** As many as reach every label; fewer where a case is dear. */
function casesOf(scope: string): number {
  if (scope.startsWith("accept")) return 600;
  if (scope.startsWith("provided")) return 300;
  return scope.startsWith("zero-copy") || scope.startsWith("polling") ? 60 : 150;
}

for (const [name, make] of Object.entries(bufferOwnershipProtocol.scopes)) {
  const scope = make();
  if (!scope.use.includes("lockstep")) continue;
  Deno.test(`buffer ownership: the running kernel agrees in scope ${name}`, driven(name), async () => {
    const cases = casesOf(name);
    const options = { cases, commandsPerCase: 40, seed: 6 };
    const result = await assertScopeAgrees(bufferOwnershipProtocol, name, options);
    assertEquals(result.cases, cases);
  });
}

Deno.test(
  "buffer ownership: every step of the smallest scopes is covered on the running kernel",
  driven("provided-small"),
  async () => {
    for (const name of ["receive-small", "write-small", "provided-small", "submit-small"]) {
      const result = await tour(sidesOf(bufferOwnershipProtocol.scopes[name]!()));
      assertEquals([result.covered, result.finding], [result.total, undefined], name);
    }
  },
);

Deno.test("buffer ownership: every known mistake is found by every engine that is said to find it", async () => {
  const budget = { cases: 300, commandsPerCase: 30, seed: 6, maximumMs: 60_000 };
  const bugs = await findMistakes(bufferOwnershipProtocol, budget);
  assertEquals(bugs.length, bufferOwnershipProtocol.mistakes.length);
  for (const bug of bugs) assertEquals(bug.missedBy, [], bug.name);
});
