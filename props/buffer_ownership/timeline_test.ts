import { assert, assertEquals } from "@std/assert";
import type { World } from "../../lockstep/machine.ts";
import type { Moment, Picture } from "../../lockstep/picture.ts";
import { type OwnershipMistake, ownershipMistakes } from "../../model/buffer_ownership/ownership_rules.ts";
import type { BufferOwnershipCommand } from "../../model/buffer_ownership/ownership_vocabulary.ts";
import { bufferOwnership } from "../../model/buffer_ownership.ts";
import { uringMechanism } from "../../model/buffer_ownership/uring_mechanism.ts";
import { ownershipScope } from "../buffer_ownership.ts";
import type { OwnershipState } from "./owners.ts";
import { bufferOwnershipTimeline } from "./timeline.ts";

const world: World<never> = {
  choose: () => 0,
  tick() {},
  cut(reason): never {
    throw new Error(reason);
  },
  refuse: () => undefined,
};

/** An accept that is cancelled, over time; the last answer is taken for one that is not allowed. */
function cancelled(mistake?: OwnershipMistake): Picture {
  const commands: readonly BufferOwnershipCommand[] = [
    { kind: "prepare", operation: "accept", cells: [0, 1], as: 0 },
    { kind: "submit" },
    { kind: "cancel", request: 0 },
    { kind: "reap" },
    { kind: "enter" },
  ];
  const rules = mistake === undefined ? {} : ownershipMistakes[mistake];
  const machine = uringMechanism(ownershipScope("accept"), "enter", rules);
  const state = machine.initial("unmap", world);
  const moments: Moment<OwnershipState>[] = [{ state: structuredClone(state), parted: false }];
  for (const command of commands) {
    assert(machine.step(state, command, world) !== undefined, `${command.kind} is not possible`);
    moments.push({ state: structuredClone(state), command, action: command.kind, parted: false });
  }
  return bufferOwnershipTimeline([...moments, {
    command: { kind: "release" },
    action: "release",
    parted: true,
  }]);
}

/** The boxes of a lane: how many rows each is high, and what is in it. */
function lane({ marks }: Picture, place: number): string[] {
  const boxes = marks.flatMap((mark) => mark.kind === "box" && mark.label !== undefined ? [mark] : []);
  const x = [...new Set(boxes.map((box) => box.x))][place];
  return boxes.filter((box) => box.x === x).map(({ height, label, tone }) =>
    `${(height + 2) / 22} ${label} ${tone}`
  );
}

Deno.test("bufferOwnershipTimeline draws one box for as long as a buffer has the same owner", () => {
  const picture = cancelled();
  assertEquals(lane(picture, 0), ["1 free free", "4 accept 0 lent", "1 accept 0 done"]);
  assertEquals(lane(picture, 2), ["6 free free"]);
  assertEquals(picture.bands!.length, 7);
  assert(picture.description.includes("cell 0: free from step 0, accept 0 from step 1"), picture.description);
});

Deno.test("bufferOwnershipTimeline marks memory that the kernel may touch after it was taken back", () => {
  const picture = cancelled("cancel-ends");
  assert(lane(picture, 0).some((box) => box.endsWith("wrong")), lane(picture, 0).join("; "));
  assert(picture.description.includes("(wrong)"), picture.description);
});

Deno.test("bufferOwnershipTimeline marks it in walks of the specification as well, which knows no pointers", () => {
  const machine = bufferOwnership(ownershipScope("zero-copy"));
  const state = machine.initial("unmap", world);
  const prepare: BufferOwnershipCommand = { kind: "prepare", operation: "send-zc", cells: [0], as: 0 };
  const moments: Moment<OwnershipState>[] = [{ state: structuredClone(state), parted: false }];
  machine.step(state, prepare, world);
  moments.push({ state: structuredClone(state), command: prepare, action: "prepare", parted: false });
  state.requests[0]!.phase = "notifying";
  moments.push({ state: structuredClone(state), command: { kind: "reap" }, action: "reap", parted: false });
  state.cells[0]!.status = "free";
  moments.push({
    state: structuredClone(state),
    command: { kind: "release" },
    action: "release",
    parted: false,
  });
  state.requests[0]!.phase = "idle";
  moments.push({ state: structuredClone(state), command: { kind: "reap" }, action: "reap", parted: false });
  assertEquals(lane(bufferOwnershipTimeline(moments), 0), [
    "1 free free",
    "2 send-zc 0 lent",
    "1 free wrong",
    "1 free free",
  ]);
});
