import { assertEquals, assertThrows } from "@std/assert";
import { CellBorders } from "./cells.ts";

Deno.test("CellBorders translates cells to bytes and back, wherever the border is", () => {
  for (const splitBytes of [1, 2048, 4095]) {
    const borders = new CellBorders(4096, splitBytes);
    for (let cell = -4; cell < 12; cell++) assertEquals(borders.cellAt(borders.bytesAt(cell)), cell);
    assertEquals(borders.bytesAt(3), 4096 + splitBytes);
    assertEquals([borders.span(1, 1), borders.span(0, 3), borders.span(2, -2)], [
      4096 - splitBytes,
      4096 + splitBytes,
      -4096,
    ]);
    assertEquals(Number.isInteger(borders.cellAt(1000)), false);
  }
});

Deno.test("CellBorders refuses a border outside the page", () => {
  const error = assertThrows(() => new CellBorders(4096, 4096), RangeError);
  assertEquals(error.message, "Cannot split a page: splitBytes is 4096, must be an integer from 1 to 4095");
});
