import { assert, assertEquals, assertThrows } from "@std/assert";
import { ErrnoError } from "../../ffi/errno.ts";
import { mappingsOf } from "../../ffi/process_resources.ts";
import { readMemory, Region } from "../../ffi/region.ts";
import { Pool } from "./pool.ts";

Deno.test("Pool unmaps what is free, so that nobody can read it", () => {
  using pool = new Pool({ cells: 1, cellBytes: 64, whenFree: "unmap" });
  const cell = pool.take();
  assertEquals(readMemory(cell.address, 64)?.length, 64);
  cell.release();
  assertEquals(readMemory(cell.address, 1), undefined);
  assertEquals(readMemory(pool.take().address, 64)?.length, 64);
});

Deno.test("Pool puts a page that nobody can touch behind each cell", () => {
  using pool = new Pool({ cells: 2, cellBytes: 64 });
  const [first, second] = [pool.take(), pool.take()];
  assertEquals(readMemory(first.address + 64, 1), undefined);
  assertEquals(readMemory(second.address + 63, 1)?.length, 1);
});

Deno.test("Pool sees that a poisoned cell was written by somebody else", () => {
  using pool = new Pool({ cells: 1, cellBytes: 64, whenFree: "poison" });
  const cell = pool.take();
  const kept = cell.bytes;
  cell.release();
  assert(pool.intact(cell));
  kept[5] = 0;
  assert(!pool.intact(cell));
});

Deno.test("Pool looks at no cell once it is closed", () => {
  const pool = new Pool({ cells: 1, cellBytes: 64, whenFree: "poison" });
  pool[Symbol.dispose]();
  assert(pool.intact(pool.cells[0]!));
});

Deno.test("Pool leaves no mapping behind when its cells can not be made usable", () => {
  // As when a process has as many mappings as it may: each cell divides the pool's once more.
  const { protect } = Region.prototype;
  let address = 0;
  Region.prototype.protect = function (this: Region): never {
    address = this.address;
    throw new ErrnoError("protect pages", 12);
  };
  try {
    assertThrows(() => new Pool({ cells: 2, cellBytes: 64 }), ErrnoError, "Cannot protect pages: ENOMEM");
  } finally {
    Region.prototype.protect = protect;
  }
  assertEquals(mappingsOf(`${address.toString(16)}-`), []);
});

Deno.test("Pool.take keeps a cell that could not be made usable for the next call", () => {
  using pool = new Pool({ cells: 1, cellBytes: 64, whenFree: "unmap" });
  const { protect } = Region.prototype;
  Region.prototype.protect = (): never => {
    throw new ErrnoError("protect pages", 12);
  };
  try {
    assertThrows(() => pool.take(), ErrnoError, "Cannot protect pages: ENOMEM");
  } finally {
    Region.prototype.protect = protect;
  }
  assertEquals(pool.take().index, 0);
});

Deno.test("Pool says which size is out of range and which cell is not there", () => {
  assertThrows(
    () => new Pool({ cells: 0, cellBytes: 1 }),
    RangeError,
    "cells is 0, must be an integer from 1",
  );
  assertThrows(
    () => new Pool({ cells: 1, cellBytes: 0 }),
    RangeError,
    "cellBytes is 0, must be an integer from 1",
  );
  using pool = new Pool({ cells: 1, cellBytes: 8 });
  const cell = pool.take();
  assertThrows(() => pool.take(), RangeError, "all 1 are taken");
  assertThrows(() => pool.take(0), RangeError, "Cannot take cell 0: it is taken");
  assertThrows(() => cell.write([0], 8), RangeError, "Cannot write cell 0: 9 bytes, must be at most 8");
  cell.release();
  assertThrows(() => cell.release(), TypeError, "Cannot release cell 0: it is free");
});
