import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { z } from "zod";
import type { Machine } from "../machine.ts";
import { historyLines } from "../report/history_text.ts";
import { historyOf, linearize, type RecordedOperation } from "./linearize.ts";

type Command = { kind: "write"; value: number } | { kind: "read" } | { kind: "toss" };

/** A register, and a coin that may fall either way. */
const register: Machine<{ value: number }, Command, number> = {
  name: "register",
  schema: { state: z.any(), command: z.any(), reply: z.any(), start: z.null() },
  starts: [null],
  commands: [],
  initial: () => ({ value: 0 }),
  step(state, command, world) {
    switch (command.kind) {
      case "write":
        state.value = command.value;
        return -1;
      case "read":
        return state.value;
      case "toss":
        return state.value = world.choose(2);
    }
  },
  always: {},
  sometimes: {},
  actor: () => "thread",
};

const write = (value: number): Command => ({ kind: "write", value });
const read: Command = { kind: "read" };

function operation(
  thread: number,
  command: Command,
  reply: number,
  invokedAt: number,
  returnedAt?: number,
): RecordedOperation {
  return { thread, command, reply, invokedAt, ...(returnedAt === undefined ? {} : { returnedAt }) };
}

Deno.test("linearize finds an order for overlapping operations, and none for a stale read", () => {
  const overlapping = [
    operation(0, write(1), -1, 0, 5),
    operation(1, read, 0, 1, 2),
    operation(1, read, 1, 3, 4),
  ];
  assertEquals(linearize(register, null, overlapping), { kind: "linearizable", order: [1, 0, 2] });
  const stale = [operation(0, write(1), -1, 0, 1), operation(1, read, 0, 2, 3)];
  const found = linearize(register, null, stale);
  assertEquals(found, {
    kind: "not linearizable",
    order: [0],
    stuck: [{ operation: 1, reason: "it answered 0, and there only 1 is allowed" }],
  });
});

Deno.test("linearize begins in every state that the machine may begin in", () => {
  const unsure: typeof register = { ...register, initial: (_, world) => ({ value: world.choose(3) }) };
  const reads = (value: number) => linearize(unsure, null, [operation(0, read, value, 0, 1)]).kind;
  assertEquals([0, 1, 2, 3].map(reads), [
    "linearizable",
    "linearizable",
    "linearizable",
    "not linearizable",
  ]);
});

Deno.test("linearize lets moves happen that nobody commands", () => {
  const fading: typeof register = {
    ...register,
    internal: {
      fade: {
        actor: "clock",
        move: (state) => state.value < 2 ? undefined : `now ${--state.value}`,
      },
    },
  };
  const reads = (...values: number[]) =>
    linearize(fading, null, [
      operation(0, write(4), -1, 0, 1),
      ...values.map((value, index) => operation(0, read, value, 2 + 2 * index, 3 + 2 * index)),
    ]);
  assertEquals(reads(4, 2, 1, 1).kind, "linearizable");
  assertEquals(reads(2, 4), {
    kind: "not linearizable",
    order: [0, 1],
    stuck: [{ operation: 2, reason: "it answered 4, and there only 2 or 1 is allowed" }],
  });
});

Deno.test("linearize lets a pending operation take effect, or not", () => {
  const pending = operation(0, write(1), -1, 0);
  for (const seen of [0, 1]) {
    const { kind } = linearize(register, null, [pending, operation(1, read, seen, 1, 2)]);
    assertEquals(kind, "linearizable", `${seen}`);
  }
  assertEquals(linearize(register, null, [pending, operation(1, read, 2, 1, 2)]).kind, "not linearizable");
});

Deno.test("linearize follows the freedom of the machine", () => {
  const toss: Command = { kind: "toss" };
  const fell = (
    side: number,
    seen: number,
  ) => [operation(0, toss, side, 0, 1), operation(1, read, seen, 2, 3)];
  assertEquals(linearize(register, null, fell(1, 1)).kind, "linearizable");
  assertEquals(linearize(register, null, fell(0, 1)).kind, "not linearizable");
});

/** The definition, tried out: some permutation respects real time and the machine. */
function byDefinition(operations: readonly RecordedOperation[]): boolean {
  const extend = (left: readonly RecordedOperation[], value: number): boolean =>
    left.length === 0 || left.some((next, index) => {
      if (left.some((other) => other.returnedAt! < next.invokedAt)) return false;
      const command = next.command as Command;
      if (command.kind === "read" && next.reply !== value) return false;
      return extend(
        left.filter((_, place) => place !== index),
        command.kind === "write" ? command.value : value,
      );
    });
  return extend(operations, 0);
}

const histories = fc.array(
  fc.record({
    thread: fc.nat(2),
    value: fc.nat(2),
    reads: fc.boolean(),
    gap: fc.nat(4),
    length: fc.integer({ min: 1, max: 9 }),
  }),
  { minLength: 1, maxLength: 6 },
).map((drawn) => {
  const clocks = [0, 0, 0];
  return drawn.map(({ thread, value, reads, gap, length }, index) => {
    // Positions are distinct: whole numbers for calls, halves for answers, and a thread does one thing at a time.
    const invokedAt = clocks[thread]! + gap + index / 100;
    clocks[thread] = invokedAt + length;
    return operation(
      thread,
      reads ? read : write(value),
      reads ? value : -1,
      invokedAt,
      invokedAt + length - 0.5,
    );
  });
});

Deno.test("linearize agrees with the definition on random histories of three threads", () => {
  let both = 0;
  fc.assert(
    fc.property(histories, (operations) => {
      const found = linearize(register, null, operations);
      assertEquals(found.kind === "linearizable", byDefinition(operations));
      both |= found.kind === "linearizable" ? 1 : 2;
    }),
    { numRuns: 500 },
  );
  assertEquals(both, 3, "both verdicts were seen");
});

Deno.test("linearize says when it gave up, and refuses what is no history", () => {
  const many = Array.from({ length: 8 }, (_, index) => operation(index, write(index), -1, 0, 9));
  const found = linearize(register, null, [...many, operation(9, read, 99, 0, 9)], 50);
  assert(found.kind === "undecided");
  assertThrows(
    () => linearize(register, null, [operation(0, read, 0, 3, 2)]),
    RangeError,
    "answered at 2, must be",
  );
  const tooMany = Array.from({ length: 32 }, (_, index) => operation(0, read, 0, 2 * index, 2 * index + 1));
  assertThrows(
    () => linearize(register, null, tooMany),
    RangeError,
    "it has 32 operations, must be at most 31",
  );
});

Deno.test("historyOf shows the longest order and why nothing can come next", () => {
  const operations = [operation(0, write(1), -1, 0, 1), operation(1, read, 0, 2, 3)];
  const lines = historyLines(historyOf(["A", "B"], operations, linearize(register, null, operations)), 60)
    .join("\n");
  assert(lines.includes("write value=1 #1"), lines);
  assert(lines.includes("longest order that the machine allows: 1 of 2 operations"), lines);
  assert(lines.includes("not next: B read: it answered 0, and there only 1 is allowed"), lines);
});
