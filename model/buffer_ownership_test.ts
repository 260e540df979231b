import { assertEquals } from "@std/assert";
import type { World } from "../lockstep/machine.ts";
import { bufferOwnership } from "./buffer_ownership.ts";
import type { OwnershipClass } from "./buffer_ownership/ownership_operations.ts";
import {
  type BufferOwnershipCommand,
  type BufferOwnershipReply,
  completedReply,
} from "./buffer_ownership/ownership_vocabulary.ts";

type Command = BufferOwnershipCommand;
type Reply = BufferOwnershipReply;

/** What reading a completion may answer, in words, once each command was answered so. */
function reaped(ownershipClass: OwnershipClass, steps: readonly (readonly [Command, Reply])[]): string[] {
  const machine = bufferOwnership({ class: ownershipClass, requests: 1, cells: 1, completions: 4 });
  const found = new Set<string>();
  for (let pick = 0, alternatives = 1; pick < alternatives; pick++) {
    let wanted: Reply | undefined;
    const world: World<Reply> = {
      choose(count, hear) {
        if (wanted !== undefined) return hear!(wanted) as number;
        alternatives = count;
        return pick;
      },
      tick() {},
      cut(reason): never {
        throw new Error(reason);
      },
      refuse: () => undefined,
    };
    const state = machine.initial("poison", world);
    for (const [command, reply] of steps) {
      wanted = reply;
      assertEquals(machine.step(state, command, world), reply);
    }
    wanted = undefined;
    const reply = machine.step(state, { kind: "reap" }, world)!;
    found.add("result" in reply ? `${reply.kind}: ${reply.result}` : reply.kind);
  }
  return [...found].sort();
}

const peer = (seen: "nothing" | "right"): [Command, Reply] => [
  { kind: "peer", request: 0 },
  { kind: "acted", seen },
];
const submit: [Command, Reply] = [{ kind: "submit" }, { kind: "submitted", count: 1 }];
const cancel: [Command, Reply] = [{ kind: "cancel", request: 0 }, { kind: "cancel submitted", count: 1 }];
const cancelCompletions = ["EALREADY", "ENOENT", "ok"].map((result) => `cancel completed: ${result}`);

Deno.test("bufferOwnership allows no cancelled completion of a send that the peer has received", () => {
  const send: [Command, Reply] = [{ kind: "prepare", operation: "send", cells: [0], as: 0 }, {
    kind: "prepared",
  }];
  const other = [...cancelCompletions, "completed: ok", "empty"];
  assertEquals(
    reaped("send", [send, submit, peer("nothing"), cancel]),
    [...other, "completed: ECANCELED"].sort(),
  );
  assertEquals(reaped("send", [send, submit, peer("nothing"), peer("right"), cancel]), other.sort());
});

Deno.test("bufferOwnership lets a request end for want of a provided cell only if there was none", () => {
  const receive: [Command, Reply] = [
    { kind: "prepare", operation: "recv-provided", cells: [], as: 0 },
    { kind: "prepared" },
  ];
  const provide: [Command, Reply] = [{ kind: "provide", cell: 0 }, { kind: "provided" }];
  assertEquals(reaped("provided", [provide, receive, submit]), ["empty"]);
  assertEquals(reaped("provided", [provide, receive, submit, peer("nothing")]), ["completed: ok", "empty"]);
  // A cell that was filled once has room for another message.
  const filled: [Command, Reply] = [
    { kind: "reap" },
    completedReply(0, { content: "right", cell: 0, kept: true }),
  ];
  const once = [provide, receive, submit, peer("nothing"), filled];
  assertEquals(reaped("provided", [...once, receive, submit]), ["empty"]);
  assertEquals(reaped("provided", [receive, submit, provide]), ["completed: ENOBUFS", "empty"]);
});
