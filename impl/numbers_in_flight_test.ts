import { assertEquals } from "@std/assert";
import { NumbersInFlight } from "./numbers_in_flight.ts";

const last = 2 ** 32 - 1;

/** Numbers `last`, 0 and 1 in flight, each of one request. */
function acrossWrap(spanLimit = 4): NumbersInFlight {
  const numbers = new NumbersInFlight(spanLimit, last);
  for (const [request, id] of [last, 0, 1].entries()) {
    numbers.book(id, request, 1);
    numbers.nextId = (id + 1) >>> 0;
  }
  return numbers;
}

Deno.test("NumbersInFlight knows what lies in a window that wraps", () => {
  const numbers = acrossWrap();
  assertEquals([numbers.count, numbers.span], [3, 3]);
  for (const [low, high, inFlight] of [[last, 1, true], [0, 0, true], [1, 2, false], [last - 1, 0, false]]) {
    assertEquals(numbers.includes(low as number, high as number), inFlight, `${low} to ${high}`);
  }
  assertEquals(numbers.includes(1, 0), false, "all numbers there are");
});

Deno.test("NumbersInFlight keeps its span until the oldest number is struck out", () => {
  const numbers = acrossWrap();
  assertEquals(numbers.strike(0), 1);
  assertEquals([numbers.count, numbers.span, numbers.requestsOf(0)], [2, 3, 0]);
  assertEquals([numbers.includes(last, 1), numbers.includes(1, 1)], [false, true]);
  assertEquals(numbers.strike(last), 0);
  assertEquals([numbers.count, numbers.span], [1, 1]);
});

Deno.test("NumbersInFlight leaves a skipped number out of every range", () => {
  const numbers = acrossWrap(8);
  numbers.skipTo(3);
  numbers.book(3, 3, 1);
  numbers.nextId = 4;
  assertEquals([numbers.count, numbers.span], [4, 5]);
  assertEquals([numbers.includes(last, 1), numbers.includes(1, 3), numbers.includes(3, 3)], [
    true,
    false,
    true,
  ]);
  for (const id of [last, 0, 1]) numbers.strike(id);
  assertEquals([numbers.count, numbers.span], [1, 1]);
  numbers.strike(3);
  numbers.skipTo(5);
  assertEquals([numbers.count, numbers.span, numbers.includes(4, 4)], [0, 0, false]);
});
