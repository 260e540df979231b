/**
 * A bounded client of a page under RC11 as a machine whose one promise is that no two accesses race.
 *
 * @module
 */
import { z } from "zod";
import type { PageAlgorithm } from "../impl/page_flags/algorithm.ts";
import type { Machine } from "../lockstep/machine.ts";
import { showRace } from "../model/memory/check_litmus.ts";
import type { ExecutionGraph } from "../model/memory/execution_graph.ts";
import { rc11 } from "../model/memory/rc11.ts";
import type { Script, ScriptThread } from "./page_flags_scripts.ts";
import { pendingOf, scriptBoxes, scriptThreads } from "./page_flags_scripts.ts";

/** One access of a thread. */
export interface ScriptCommand {
  readonly kind: "step";
  readonly thread: number;
}

/** State: where the threads are, and the execution so far. */
export interface ScriptState {
  threads: ScriptThread[];
  graph: ExecutionGraph;
}

const largestWord = 63;
/** Most accesses of one thread of a script. */
const mostAccesses = 40;

/** What a step answers: the access that was made and what it read. */
export interface ScriptReply {
  readonly access: string;
  readonly read: number;
}

/** Makes the machine. */
export function scriptMachine(
  algorithm: PageAlgorithm,
  script: Script,
): Machine<ScriptState, ScriptCommand, ScriptReply> {
  const phases = Object.keys(algorithm.phases);
  const boxes = Array.from({ length: scriptBoxes(script) }, (_, box) => `mailbox ${box}`);
  const words = [...algorithm.words, ...boxes];
  const word = z.int().min(0).max(largestWord);
  const thread = z.strictObject({
    at: word,
    phase: z.enum(["", ...phases]),
    args: z.array(word).max(5),
    local: z.int().min(0).max(1),
    slots: z.array(word).max(4),
    answers: z.array(word).max(8),
  });
  const threads = script.length;
  const graph = rc11.schema({
    threads,
    locations: words.length,
    accessesPerThread: mostAccesses,
    minValue: 0,
    maxValue: largestWord,
  });
  const raceIn = (state: { readonly graph: ExecutionGraph }) => {
    for (let index = 0; index < threads; index++) {
      const race = rc11.raceOfLast!(state.graph, index);
      if (race !== undefined) return race;
    }
    return undefined;
  };
  return {
    name: `page-flags-${algorithm.name.replaceAll(" ", "-")}-c11`,
    schema: {
      state: z.strictObject({ threads: z.array(thread).length(threads), graph }),
      command: z.strictObject({ kind: z.literal("step"), thread: z.int().min(0).max(threads - 1) }),
      reply: z.strictObject({ access: z.string(), read: word }),
      start: z.null(),
    },
    starts: [null],
    commands: script.map((_, index) => ({ kind: "step", thread: index })),
    initial: () => ({
      threads: scriptThreads(algorithm, script),
      graph: rc11.initial([...algorithm.initial, ...boxes.map(() => 0)], threads),
    }),
    step(state, { thread: index }, world) {
      const { pending } = pendingOf(algorithm, script, index, state.threads[index]!);
      if (pending === undefined) return world.refuse("the thread has ended");
      const read = rc11.perform(state.graph, index, pending.access, world);
      if (read === undefined) return undefined;
      state.threads[index] = pending.then(read).thread;
      const { access } = pending;
      const at = access.kind === "fence" ? "" : ` ${words[access.location]}`;
      return { access: `${pending.phase}: ${access.order} ${access.kind}${at}`, read };
    },
    always: { "cause: no data race": (state) => raceIn(state as ScriptState) === undefined },
    sometimes: {},
    done: () => true,
    actor: ({ thread: index }) => `thread ${index}`,
    show: (state) => {
      const race = raceIn(state as ScriptState);
      return race === undefined ? "no race so far" : showRace(race, words);
    },
  };
}
