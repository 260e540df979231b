import { assertEquals } from "@std/assert";
import type { World } from "../../lockstep/machine.ts";
import { ownershipScope } from "../../props/buffer_ownership.ts";
import { bufferOwnership } from "../buffer_ownership.ts";
import { showOwnership } from "./ownership_show.ts";
import type { BufferOwnershipCommand } from "./ownership_vocabulary.ts";
import { uringMechanism } from "./uring_mechanism.ts";

const world: World<never> = {
  choose: () => 0,
  tick() {},
  cut(reason): never {
    throw new Error(reason);
  },
  refuse: () => undefined,
};

Deno.test("showOwnership says who owns each cell, how far requests are, and what waits", () => {
  const machine = uringMechanism(ownershipScope("accept"), "enter", {});
  const state = machine.initial("unmap", world);
  assertEquals(showOwnership(state), "cells free; free; free | requests 0 idle; 1 idle");
  const shown = ([
    { kind: "prepare", operation: "accept", cells: [0, 1], as: 0 },
    { kind: "submit" },
    { kind: "cancel", request: 0 },
    { kind: "connect", as: 0 },
  ] satisfies BufferOwnershipCommand[]).map((command) => {
    machine.step(state, command, world);
    return showOwnership(state);
  });
  const cells = "cells accept 0 until completion; accept 0 until completion; free";
  assertEquals(shown, [
    `${cells} | requests 0 accept prepared; 1 idle | submitted 0`,
    `${cells} | requests 0 accept armed; 1 idle`,
    `${cells} | requests 0 accept armed, cancel asked; 1 idle | completed cancel 0 ok`,
    `${cells} | requests 0 accept armed, cancel asked; 1 idle | completed cancel 0 ok | connections 0 waiting`,
  ]);
});

Deno.test("showOwnership shows the specification as well", () => {
  const machine = bufferOwnership(ownershipScope("accept"));
  const state = machine.initial("unmap", world);
  machine.step(state, { kind: "prepare", operation: "accept", cells: [0, 1], as: 0 }, world);
  assertEquals(
    machine.show!(state),
    "cells accept 0 until completion; accept 0 until completion; free | requests 0 accept prepared; 1 idle | submitted 0",
  );
});
