import { assertEquals } from "@std/assert";
import { Board } from "./board.ts";

const slots = 3;
const result = { plain: true, transitions: 7, candidates: 5, edges: 0 };

Deno.test("Board gives each planned chunk to one thread, in order, through slots that are used again", () => {
  const memory = new SharedArrayBuffer(Board.bytes(slots));
  const planner = new Board(memory, slots);
  const other = new Board(memory, slots);
  assertEquals([planner.claim(), other.claim()], [-1, -1]);
  for (let chunk = 0; chunk < 10; chunk += 2) {
    planner.plan(chunk * 10, chunk * 10 + 4);
    planner.plan(chunk * 10 + 4, chunk * 10 + 20);
    assertEquals(other.claim(), chunk);
    assertEquals([planner.claimThis(chunk), planner.claimThis(chunk + 1), other.claim()], [false, true, -1]);
    assertEquals([planner.from(chunk + 1), planner.to(chunk + 1)], [chunk * 10 + 4, chunk * 10 + 20]);
    assertEquals(planner.isDelivered(chunk), false);
    other.deliver(chunk, 1, { ...result, transitions: chunk });
    assertEquals([planner.isDelivered(chunk), planner.isDelivered(chunk + 1)], [true, false]);
    assertEquals([planner.worker(chunk), planner.result(chunk)], [1, { ...result, transitions: chunk }]);
    planner.waitForDelivery(chunk, 1000);
    planner.deliver(chunk + 1, 0, result);
  }
});

Deno.test("Board lets nobody wait for a chunk that is there, nor when it is closed", () => {
  const board = new Board(new SharedArrayBuffer(Board.bytes(slots)), slots);
  board.plan(0, 1);
  board.waitForPlan();
  assertEquals([board.claim(), board.isClosed], [0, false]);
  board.close();
  board.waitForPlan();
  assertEquals([board.claim(), board.isClosed], [-1, true]);
});
