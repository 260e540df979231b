import { assertEquals } from "@std/assert";
import { zerocopySizes } from "../../props/zerocopy_index.ts";
import { damagedUnits, found, overwrite, pin, type PinnedRun, unpin } from "./pinned_wire.ts";

const scope = zerocopySizes.width2;

function run(buffer: number, id: number, units = 1): PinnedRun {
  return { buffer, parity: 1, units, pinned: true, id, damaged: false };
}

Deno.test("overwrite damages what the kernel still reads of a buffer, and nothing else", () => {
  const wire: PinnedRun[] = [];
  for (const one of [run(0, 1), run(0, 2), run(1, 3)]) pin(scope, wire, one);
  unpin(scope, wire, 1, 1);
  overwrite(wire, 0);
  assertEquals(damagedUnits(wire), 1);
  assertEquals(found(scope, wire), [
    { buffer: 0, parity: 1, units: 1 },
    { buffer: 0, parity: 0, units: 1 },
    { buffer: 1, parity: 1, units: 1 },
  ]);
});

Deno.test("unpin joins runs that nothing tells apart any more", () => {
  const wire: PinnedRun[] = [];
  for (const one of [run(0, 1), run(0, 1, 2), run(0, 2)]) pin(scope, wire, one);
  assertEquals(wire.length, 2, "two sends");
  unpin(scope, wire, 1, 2);
  assertEquals(wire, [{ ...run(0, 0, 4), pinned: false }]);
});

Deno.test("found keeps datagrams apart and joins the pieces of a stream", () => {
  const wire = [run(0, 1), run(0, 2)];
  assertEquals(found(scope, wire), [{ buffer: 0, parity: 1, units: 2 }]);
  assertEquals(found({ ...scope, transport: "datagram" }, wire).length, 2);
});
