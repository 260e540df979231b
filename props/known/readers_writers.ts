/**
 * Readers and writers, served fairly in the order of a queue.
 *
 * TLC reports 21,527 states, 59,674 generated with the initial one, depth 13, for 3 actors. Each actor may wait
 * once for reading and once for writing.
 *
 * @see https://github.com/tlaplus/Examples/blob/master/specifications/ReadersWriters/ReadersWriters.tla
 *
 * @module
 */
import { z } from "zod";
import type { Machine } from "../../lockstep/machine.ts";

/** Who reads, who writes, who waits. */
export interface ReadersWritersState {
  reading: boolean[];
  writing: boolean[];
  waiting: { wish: "read" | "write"; actor: number }[];
}

/** An actor queues or stops, or the first of the queue is served. */
export type ReadersWritersCommand =
  | { readonly kind: "tryRead" | "tryWrite" | "stop"; readonly actor: number }
  | { readonly kind: "serve" };

/** The queue as a machine. */
export function readersWriters(actors: number): Machine<ReadersWritersState, ReadersWritersCommand, null> {
  const actor = z.int().min(0).max(actors - 1);
  const each = Array.from({ length: actors }, (_, actor) => actor);
  const flags = z.array(z.boolean()).length(actors);
  return {
    name: `readers-writers-${actors}`,
    schema: {
      state: z.strictObject({
        reading: flags,
        writing: flags,
        waiting: z.array(z.strictObject({ wish: z.enum(["read", "write"]), actor })).max(2 * actors),
      }),
      command: z.union([
        z.strictObject({ kind: z.enum(["tryRead", "tryWrite", "stop"]), actor }),
        z.strictObject({ kind: z.literal("serve") }),
      ]),
      reply: z.null(),
      start: z.null(),
    },
    starts: [null],
    commands: [
      { kind: "serve" },
      ...each.flatMap((actor) => (["tryRead", "tryWrite", "stop"] as const).map((kind) => ({ kind, actor }))),
    ],
    initial: () => ({ reading: each.map(() => false), writing: each.map(() => false), waiting: [] }),
    step(state, command) {
      const { reading, writing, waiting } = state;
      const queue = (wish: "read" | "write", actor: number): null | undefined => {
        if (waiting.some((other) => other.wish === wish && other.actor === actor)) return undefined;
        waiting.push({ wish, actor });
        return null;
      };
      switch (command.kind) {
        case "tryRead":
          return queue("read", command.actor);
        case "tryWrite":
          return queue("write", command.actor);
        case "serve": {
          const first = waiting[0];
          if (first === undefined || writing.includes(true)) return undefined;
          if (first.wish === "write" && reading.includes(true)) return undefined;
          waiting.shift();
          (first.wish === "read" ? reading : writing)[first.actor] = true;
          return null;
        }
        case "stop":
          if (reading[command.actor]) reading[command.actor] = false;
          else if (writing[command.actor]) writing[command.actor] = false;
          else return undefined;
          return null;
      }
    },
    always: {
      "nobody reads while another writes": ({ reading, writing }) =>
        !(reading.includes(true) && writing.includes(true)),
      "at most one writes": ({ writing }) => writing.filter((writes) => writes).length <= 1,
    },
    sometimes: { "two read at once": ({ reading }) => reading.filter((reads) => reads).length >= 2 },
    leadsTo: {
      "who waits to write writes": {
        from: ({ waiting }) => waiting.some(({ wish, actor }) => wish === "write" && actor === 0),
        to: ({ writing }) => writing[0]!,
        weak: [
          "serve",
          ...each.map((actor) => ({
            name: `stop ${actor}`,
            includes: (command: ReadersWritersCommand) => command.kind === "stop" && command.actor === actor,
          })),
        ],
      },
    },
    actor: (command) => command.kind === "serve" ? "queue" : `actor ${command.actor}`,
  };
}
