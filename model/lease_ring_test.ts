import { assertEquals } from "@std/assert";
import { leaseRing } from "./lease_ring.ts";
import { type LeaseRingReply } from "./lease_ring/vocabulary.ts";

/** What a write of `length` bytes may be answered in a ring of 12 bytes whose held messages have the lengths `held`. */
function answers(held: readonly number[], length: number): string[] {
  const machine = leaseRing({ capacityBytes: 12, messages: 4, leases: 1, lengths: [length, ...held] });
  const found = new Set<string>();
  for (let pick = 0, alternatives = 1; pick < alternatives; pick++) {
    const world = {
      choose(count: number): number {
        alternatives = count;
        return pick;
      },
      tick() {},
      cut(reason: string): never {
        throw new Error(reason);
      },
      refuse: () => undefined,
    };
    const state = machine.initial({ offset: 0, sequence: 0 }, world);
    held.forEach((bytes, message) => state.held.push({ message, length: bytes, status: "unread" }));
    const reply: LeaseRingReply | undefined = machine.step(
      state,
      { kind: "write", length, as: held.length },
      world,
    );
    found.add(String(reply?.kind));
  }
  return [...found].sort();
}

Deno.test("leaseRing must write when the held bytes, the longest of them, the message and one byte fit", () => {
  assertEquals(answers([], 11), ["written"]);
  assertEquals(answers([5], 1), ["written"]);
  assertEquals(answers([2, 3], 3), ["written"]);
});

Deno.test("leaseRing is free to write or to refuse when the capacity suffices and no more is sure", () => {
  assertEquals(answers([], 12), ["full", "written"]);
  assertEquals(answers([5], 2), ["full", "written"]);
  assertEquals(answers([2, 3], 4), ["full", "written"]);
  assertEquals(answers([5], 7), ["full", "written"]);
});

Deno.test("leaseRing must refuse what exceeds the capacity together with the held bytes", () => {
  assertEquals(answers([], 13), ["full"]);
  assertEquals(answers([5], 8), ["full"]);
  assertEquals(answers([2, 3], 8), ["full"]);
});
