import { assert, assertEquals } from "@std/assert";
import { ownedBit } from "../../impl/page_flags/owned_bit.ts";
import type { World } from "../../lockstep/machine.ts";
import { sc } from "../../model/memory/sc.ts";
import { tso } from "../../model/memory/tso.ts";
import type { PageFlagsCommand } from "../../model/page_flags.ts";
import { pageFlags } from "../../model/page_flags.ts";
import { pageMechanism } from "./machine.ts";
import { pageFlagsPicture } from "./picture.ts";

const scope = { threads: 2, blocks: 2, operations: ["malloc", "mallocAligned", "free"] } as const;
const algorithm = ownedBit(scope.blocks);
const world: World<never> = {
  choose: () => 0,
  tick() {},
  cut(reason): never {
    throw new Error(reason);
  },
  refuse: () => undefined,
};
const aligned: PageFlagsCommand = { kind: "call", thread: 0, operation: "mallocAligned" };

Deno.test("pageFlagsPicture draws the words, what a thread looks at next, and the blocks", () => {
  const machine = pageMechanism(algorithm, scope, sc);
  const state = machine.initial(null, world);
  machine.step(state, aligned, world);
  const { description, marks, width, height } = pageFlagsPicture(algorithm)(state);
  assert(description.includes("thread 0: mallocAligned, "), description);
  assert(description.includes("thread 1: idle"), description);
  assertEquals(marks.filter(({ kind }) => kind === "line").length, 1);
  const labels = marks.flatMap((mark) => mark.kind === "box" && mark.label !== undefined ? [mark.label] : []);
  assertEquals(labels.slice(0, algorithm.words.length), state.memory.cells.map(String));
  for (const mark of marks) {
    if (mark.kind !== "box") continue;
    assert(mark.x >= 0 && mark.x + mark.width <= width && mark.y + mark.height <= height);
  }
});

Deno.test("pageFlagsPicture draws stores that are buffered, and a block that is held in its middle", () => {
  const machine = pageMechanism(algorithm, scope, tso);
  const state = machine.initial(null, world);
  const step: PageFlagsCommand = { kind: "step", thread: 0 };
  machine.step(state, aligned, world);
  let most = 0;
  for (let count = 0; count < 20 && state.threads[0]!.operation !== "none"; count++) {
    machine.step(state, step, world);
    most = Math.max(most, state.memory.buffers[0]!.length);
    const { marks, description } = pageFlagsPicture(algorithm)(state);
    const drawn = marks.filter((mark) => mark.kind === "box" && mark.label?.includes(" = "));
    assertEquals(drawn.length, state.memory.buffers[0]!.length, description);
  }
  assert(most > 0, "nothing was buffered");
  const { description } = pageFlagsPicture(algorithm)(state);
  assert(description.includes("block 0 is held in the middle, 3"), description);
});

Deno.test("pageFlagsPicture draws callers and blocks of the specification, which knows no words", () => {
  const machine = pageFlags(scope);
  const state = machine.initial(null, world);
  state.blocks[1] = 5;
  state.threads[0] = { operation: "free", pointer: 5, done: false };
  const { description, marks, width, height } = pageFlagsPicture(algorithm)(state);
  assertEquals(
    description,
    "thread 0: free 5; thread 1: idle; block 0 is not held; block 1 is held in the middle, 5",
  );
  const boxes = marks.filter((mark) => mark.kind === "box");
  for (const mark of boxes) assert(mark.x + mark.width <= width && mark.y + mark.height <= height);
});
