import { assert, assertEquals } from "@std/assert";
import { ownedBit } from "../../impl/page_flags/owned_bit.ts";
import type { World } from "../../lockstep/machine.ts";
import type { Moment } from "../../lockstep/picture.ts";
import { executionEdges, executionOf } from "../../model/memory/execution_edges.ts";
import type { Access } from "../../model/memory/memory_model.ts";
import { sc, type ScMemory } from "../../model/memory/sc.ts";
import { tso, type TsoMemory } from "../../model/memory/tso.ts";
import type { PageFlagsScope } from "../../model/page_flags.ts";
import { executionOfWalk } from "./execution.ts";
import { begin, phaseStep } from "./client.ts";
import { pageMechanism, type PageMechanismState } from "./machine.ts";

const scope: PageFlagsScope = { threads: 2, blocks: 2, operations: ["malloc", "mallocAligned", "free"] };
const algorithm = ownedBit(scope.blocks);
const world: World<never> = {
  choose: () => 0,
  tick() {},
  cut(reason): never {
    throw new Error(reason);
  },
  refuse: () => undefined,
};

type State = PageMechanismState<ScMemory | TsoMemory>;

/** One step of a walk, with the access that it made and what a load of it had to read. */
interface Walked {
  readonly thread: number;
  readonly access: Access;
  readonly read: number | undefined;
}

/** A walk of `length` moves, chosen by a number. */
function walk(
  model: "sc" | "tso",
  seed: number,
  length: number,
): { moments: Moment<State>[]; made: Walked[] } {
  const machine = model === "sc" ? pageMechanism(algorithm, scope, sc) : pageMechanism(algorithm, scope, tso);
  const step = machine.step as (state: State, command: unknown, given: typeof world) => unknown;
  const state = machine.initial(null, world) as State;
  const moments: Moment<State>[] = [{ state: structuredClone(state), parted: false }];
  const made: Walked[] = [];
  let random = seed;
  const pick = (count: number): number => {
    random = (random * 1103515245 + 12345) % 2 ** 31;
    return Math.floor(random / 65536) % count;
  };
  while (moments.length <= length) {
    const before = structuredClone(state);
    const flush = Object.values(machine.internal ?? {})[pick(scope.threads)];
    if (flush !== undefined && pick(3) === 0) {
      if (flush.move(state as never, world) === undefined) continue;
      moments.push({ state: structuredClone(state), parted: false });
      continue;
    }
    const command = machine.commands[pick(machine.commands.length)]!;
    if (command.kind === "allocateAll") continue;
    if (step(state, command, world) === undefined) continue;
    moments.push({ state: structuredClone(state), command, parted: false });
    const { threads, held, memory } = structuredClone(before);
    if (begin(algorithm, { threads, held }, command, world) !== "access") continue;
    const { access } = phaseStep(algorithm, command.thread, threads[command.thread]!);
    const read = access.kind !== "load"
      ? undefined
      : "buffers" in memory
      ? tso.view!(memory, command.thread, access.location)
      : memory.cells[access.location];
    made.push({ thread: command.thread, access, read });
  }
  return { moments, made };
}

Deno.test("executionOfWalk is the execution of the same accesses made one after another under SC", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const { moments, made } = walk("sc", seed, 60);
    const { graph, steps } = executionOfWalk(algorithm, moments);
    assertEquals(graph, executionOf(algorithm.initial, scope.threads, made));
    assertEquals(steps.filter(({ event }) => event !== undefined).length, made.length);
    assert(executionEdges(graph).edges.length > 0);
  }
});

Deno.test("executionOfWalk reads own buffered stores, and ends with what memory holds, under TSO", () => {
  let [buffered, drained] = [0, 0];
  for (let seed = 1; seed <= 20; seed++) {
    const { moments, made } = walk("tso", seed, 60);
    const { graph, steps } = executionOfWalk(algorithm, moments);
    const indexes = graph.threads.map(() => 0);
    for (const { thread, read } of made) {
      const event = graph.threads[thread]![indexes[thread]!++]!;
      if (read !== undefined) assertEquals(event.value, read);
    }
    const { cells, buffers } = moments.at(-1)!.state!.memory as TsoMemory;
    const last = graph.writes.map((writes, location) => {
      const id = writes.at(-1);
      return id === undefined ? graph.initial[location] : graph.threads[Math.floor(id / 64)]![id % 64]!.value;
    });
    assertEquals(last, cells);
    buffered += buffers.flat().length;
    drained += steps.flatMap((step) => step.drained).length;
  }
  assert(buffered > 0 && drained > 0, `${buffered} buffered, ${drained} drained`);
});
