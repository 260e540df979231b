import { assert, assertEquals } from "@std/assert";
import type { Picture } from "../../lockstep/picture.ts";
import type { World } from "../../lockstep/machine.ts";
import { bufferOwnership } from "../../model/buffer_ownership.ts";
import { type OwnershipMistake, ownershipMistakes } from "../../model/buffer_ownership/ownership_rules.ts";
import type { OwnershipClass } from "../../model/buffer_ownership/ownership_operations.ts";
import type { BufferOwnershipCommand } from "../../model/buffer_ownership/ownership_vocabulary.ts";
import { uringMechanism } from "../../model/buffer_ownership/uring_mechanism.ts";
import { ownershipScope } from "../buffer_ownership.ts";
import { bufferOwnershipPicture } from "./picture.ts";

const world: World<never> = {
  choose: () => 0,
  tick() {},
  cut(reason): never {
    throw new Error(reason);
  },
  refuse: () => undefined,
};

/** The mechanism after `commands`, drawn. */
function drawn(
  name: OwnershipClass,
  commands: readonly BufferOwnershipCommand[],
  mistake?: OwnershipMistake,
): Picture {
  const rules = mistake === undefined ? {} : ownershipMistakes[mistake];
  const machine = uringMechanism(ownershipScope(name), "enter", rules);
  const state = machine.initial("unmap", world);
  for (const command of commands) {
    assert(machine.step(state, command, world) !== undefined, `${command.kind} is not possible`);
  }
  return bufferOwnershipPicture(state);
}

const accept = { kind: "prepare", operation: "accept", cells: [0, 1], as: 0 } as const;
const cancelled = [
  accept,
  { kind: "submit" },
  { kind: "cancel", request: 0 },
  { kind: "enter" },
] as const;

/** Labels of boxes, and lines, with a tone; boxes of the legend have no label. */
function marked({ marks }: Picture, tone: string): string[] {
  return marks.flatMap((mark) =>
    mark.kind === "text" || mark.tone !== tone
      ? []
      : mark.kind === "box"
      ? mark.label === undefined ? [] : [mark.label]
      : [mark.kind]
  );
}

Deno.test("bufferOwnershipPicture draws an arrow to each cell that the kernel may touch", () => {
  const prepared = drawn("accept", [accept]);
  const arrows = prepared.marks.filter((mark) => mark.kind === "line");
  assertEquals(arrows.map(({ dashed }) => dashed), [true, true]);
  const fetched = drawn("accept", [accept, { kind: "submit" }, { kind: "connect", as: 0 }]);
  assertEquals(fetched.marks.filter((mark) => mark.kind === "line").map(({ dashed }) => dashed), [
    false,
    false,
  ]);
  assertEquals(
    fetched.description,
    "cell 0: accept 0; cell 1: accept 0; cell 2: free; accept 0: the kernel's; connection 0 waits",
  );
  assertEquals([...marked(prepared, "wrong"), ...marked(fetched, "wrong")], []);
});

Deno.test("bufferOwnershipPicture draws no arrow for a vector that was fetched, and one for its payload", () => {
  const readv = { kind: "prepare", operation: "readv", cells: [0, 1], as: 0 } as const;
  const { marks, description } = drawn("receive", [readv, { kind: "submit" }]);
  assertEquals(marks.filter(({ kind }) => kind === "line").length, 1);
  assertEquals(description, "cell 0: application; cell 1: readv 0; cell 2: free; readv 0: the kernel's");
});

Deno.test("bufferOwnershipPicture marks cells that were given back on the cancel's completion", () => {
  const steps = [accept, { kind: "submit" }, { kind: "cancel", request: 0 }, { kind: "reap" }] as const;
  assertEquals(marked(drawn("accept", steps), "wrong"), []);
  assertEquals(marked(drawn("accept", steps, "cancel-ends"), "wrong"), [
    "application",
    "application",
    "line",
    "line",
  ]);
  assertEquals(marked(drawn("accept", cancelled), "done"), ["accept 0", "accept 0", "cancel 0", "accept 0"]);
});

Deno.test("bufferOwnershipPicture marks memory that the kernel holds and the layer does not", () => {
  const picture = drawn(
    "accept",
    [accept, { kind: "submit" }, { kind: "release", cell: 0 }],
    "stack-variable",
  );
  assertEquals(marked(picture, "wrong"), ["free", "application", "line", "line"]);
  assert(
    picture.description.includes("the kernel may touch cell 0 for accept 0, which does not hold it"),
    picture.description,
  );
});

Deno.test("bufferOwnershipPicture draws the specification as well, and stays inside its frame", () => {
  const machine = bufferOwnership(ownershipScope("accept"));
  const state = machine.initial("poison", world);
  machine.step(state, accept, world);
  for (const picture of [bufferOwnershipPicture(state), drawn("accept", cancelled)]) {
    for (const mark of picture.marks) {
      if (mark.kind !== "box") continue;
      assert(mark.x >= 0 && mark.x + mark.width <= picture.width && mark.y + mark.height <= picture.height);
    }
  }
  assertEquals(marked(bufferOwnershipPicture(state), "lent"), ["accept 0", "accept 0"]);
});
