/**
 * A program under a memory model as an ordinary machine: one command per thread, one internal move per store buffer.
 *
 * @module
 */
import { z } from "zod";
import type { InternalMove, Machine, Plain } from "../../lockstep/machine.ts";
import type { MemoryModel } from "./memory_model.ts";
import type { Program, ThreadState } from "./program.ts";
import { accessAnswered, nextAccess, runLocal } from "./program.ts";

/** A program that runs: where every thread is, and the memory. */
export interface ProgramState<Memory> {
  threads: ThreadState[];
  memory: Memory;
}

/** The next access of a thread. */
export interface ProgramStep {
  readonly kind: "step";
  readonly thread: number;
}

/** Largest absolute value that registers and locations may take, so that states can be packed. */
export interface ProgramBounds {
  readonly minValue: number;
  readonly maxValue: number;
}

/** A machine that runs `program` under `model`; a reply is the value that was read, or 0. */
export type ProgramMachine<Memory> = Machine<ProgramState<Memory>, ProgramStep, number>;

/**
 * Makes a machine of a program.
 *
 * @example The machine's commands are the threads
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { programMachine } from "./program_machine.ts";
 * import { sc } from "./sc.ts";
 *
 * const store = { kind: "store", location: 0, value: { kind: "constant", value: 1 }, order: "relaxed" } as const;
 * const thread = { registers: [], initial: [], instructions: [store] };
 * const machine = programMachine("one-store", { locations: ["x"], initial: [0], threads: [thread] }, sc);
 * assertEquals(machine.commands, [{ kind: "step", thread: 0 }]);
 * ```
 */
export function programMachine<Memory>(
  name: string,
  program: Program,
  model: MemoryModel<Memory>,
  { minValue, maxValue }: ProgramBounds = { minValue: -128, maxValue: 127 },
): ProgramMachine<Memory> {
  const longest = Math.max(...program.threads.map(({ instructions }) => instructions.length));
  const value = z.int().min(minValue).max(maxValue);
  const mostRegisters = Math.max(...program.threads.map(({ registers }) => registers.length));
  const thread = z.strictObject({
    at: z.int().min(0).max(longest),
    registers: z.array(value).max(mostRegisters),
  });
  const bounds = {
    threads: program.threads.length,
    locations: program.locations.length,
    accessesPerThread: longest,
    minValue,
    maxValue,
  };
  const ended = ({ threads, memory }: ProgramState<Memory>) =>
    model.settled(memory) &&
    threads.every(({ at }, index) => at === program.threads[index]!.instructions.length);
  const flushes = Object.fromEntries(
    program.threads.map((_, index): [string, InternalMove<ProgramState<Memory>>] => [`flush P${index}`, {
      actor: `store buffer of P${index}`,
      move: ({ memory }, world) =>
        model.flush!(memory, index)
          ? "its oldest store reaches memory"
          : world.refuse("the store buffer is empty"),
    }]),
  );
  return {
    name,
    schema: {
      state: z.strictObject({
        threads: z.array(thread).length(program.threads.length),
        memory: model.schema(bounds),
      }),
      command: z.strictObject({
        kind: z.literal("step"),
        thread: z.int().min(0).max(program.threads.length - 1),
      }),
      reply: value,
      start: z.null(),
    },
    starts: [null],
    commands: program.threads.map((_, index) => ({ kind: "step", thread: index })),
    initial: (_start, world) => ({
      threads: program.threads.map((own) => {
        const state = { at: 0, registers: [...own.initial] };
        runLocal(own, state, () => world.tick());
        return state;
      }),
      memory: model.initial(program.initial, program.threads.length),
    }),
    step(state, { thread: index }, world) {
      const own = program.threads[index]!;
      const access = nextAccess(own, state.threads[index]!);
      if (access === undefined) return world.refuse("the thread has ended");
      const answer = model.perform(state.memory, index, access, world);
      if (answer === undefined) {
        return world.refuse("the access waits for the thread's own stores to reach memory");
      }
      accessAnswered(own, state.threads[index]!, answer, () => world.tick());
      return answer;
    },
    ...(model.flush === undefined ? {} : { internal: flushes }),
    always: {},
    sometimes: {},
    done: (state) => ended(state as ProgramState<Memory>),
    outcome: (state): Plain => ({
      registers: state.threads.map(({ registers }) => [...registers]),
      memory: [...model.values(state.memory as Memory)],
    }),
    actor: ({ thread: index }) => `P${index}`,
  };
}
