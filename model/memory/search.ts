/**
 * Every way a program can end under a memory model: its own small depth-first search with exact states.
 *
 * The general explorer finds the same outcomes through `program_machine.ts`; it needs bounds on all values to pack
 * states, which the text of a litmus test does not give, and does not look for races or count executions.
 *
 * @module
 */
import type { DataRace, MemoryModel } from "./memory_model.ts";
import type { Program, ThreadState } from "./program.ts";
import { accessAnswered, nextAccess, runLocal } from "./program.ts";

/** One way to end: the registers of every thread and the final memory. */
export interface FinalState {
  readonly registers: readonly (readonly number[])[];
  readonly memory: readonly number[];
}

/** What {@link searchProgram} found. */
export interface SearchResult {
  readonly finals: readonly FinalState[];
  /** Different complete executions: under RC11 the number of consistent graphs. */
  readonly executions: number;
  readonly states: number;
  readonly transitions: number;
  /** The first data race found; only RC11 looks for races. */
  readonly race: DataRace | undefined;
  /** Why the search is not complete, if it is not. */
  readonly bounded: string | undefined;
}

/** Bounds of {@link searchProgram}. */
export interface SearchBounds {
  /** Most different states. */
  readonly maxStates?: number;
  /** Most local instructions between two accesses. */
  readonly maxLocalSteps?: number;
}

interface Node<Memory> {
  readonly threads: readonly ThreadState[];
  readonly memory: Memory;
}

/** Repeats `body` for every sequence of choices that it can ask for. */
export function forEachChoice(body: (choose: (count: number) => number) => void): void {
  const chosen: number[] = [];
  const counts: number[] = [];
  for (;;) {
    let depth = 0;
    body((count) => {
      if (depth === chosen.length) {
        chosen.push(0);
        counts.push(count);
      }
      return chosen[depth++]!;
    });
    while (chosen.length > 0 && chosen.at(-1)! + 1 >= counts.at(-1)!) {
      chosen.pop();
      counts.pop();
    }
    if (chosen.length === 0) return;
    chosen[chosen.length - 1]!++;
  }
}

/**
 * Finds all final states of `program` under `model`.
 *
 * @example Store buffering is possible under x86-TSO
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tso } from "./tso.ts";
 * import { searchProgram } from "./search.ts";
 *
 * const side = (own: number, other: number) => ({
 *   registers: ["r"],
 *   initial: [0],
 *   instructions: [
 *     { kind: "store", location: own, value: { kind: "constant", value: 1 }, order: "relaxed" },
 *     { kind: "load", into: 0, location: other, order: "relaxed" },
 *   ] as const,
 * });
 * const program = { locations: ["x", "y"], initial: [0, 0], threads: [side(0, 1), side(1, 0)] };
 * const { finals } = searchProgram(program, tso);
 * assertEquals(finals.some(({ registers }) => registers[0]![0] === 0 && registers[1]![0] === 0), true);
 * ```
 */
export function searchProgram<Memory>(
  program: Program,
  model: MemoryModel<Memory>,
  bounds: SearchBounds = {},
): SearchResult {
  const maxStates = bounds.maxStates ?? 4_000_000;
  let localSteps = 0;
  let bounded: string | undefined;
  const tick = () => {
    if (++localSteps > (bounds.maxLocalSteps ?? 10_000)) {
      throw new RangeError("Cannot run thread: it loops without an access");
    }
  };
  const seen = new Set<string>();
  const finals = new Map<string, FinalState>();
  const stack: Node<Memory>[] = [];
  let [executions, transitions] = [0, 0];
  let race: DataRace | undefined;

  const visit = (node: Node<Memory>) => {
    const locals = node.threads.map(({ at, registers }) => `${at}:${registers.join()}`).join("|");
    const key = `${locals}/${model.key(node.memory)}`;
    if (seen.has(key)) return;
    if (seen.size >= maxStates) {
      bounded ??= `more than ${maxStates} states`;
      return;
    }
    seen.add(key);
    stack.push(node);
    if (!model.settled(node.memory)) return;
    if (node.threads.some(({ at }, thread) => at < program.threads[thread]!.instructions.length)) return;
    executions++;
    const memory = [...model.values(node.memory)];
    finals.set(`${locals}/${memory.join()}`, {
      registers: node.threads.map(({ registers }) => registers),
      memory,
    });
  };
  const stepThread = ({ threads, memory }: Node<Memory>, thread: number) => {
    const access = nextAccess(program.threads[thread]!, threads[thread]!);
    if (access === undefined) return;
    forEachChoice((choose) => {
      const after = model.copy(memory);
      const answer = model.perform(after, thread, access, { choose });
      if (answer === undefined) return;
      transitions++;
      race ??= model.raceOfLast?.(after, thread);
      const own = { at: threads[thread]!.at, registers: threads[thread]!.registers.slice() };
      localSteps = 0;
      accessAnswered(program.threads[thread]!, own, answer, tick);
      visit({ threads: threads.with(thread, own), memory: after });
    });
  };

  visit({
    threads: program.threads.map((thread) => {
      const state = { at: 0, registers: [...thread.initial] };
      localSteps = 0;
      runLocal(thread, state, tick);
      return state;
    }),
    memory: model.initial(program.initial, program.threads.length),
  });
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    for (let thread = 0; thread < program.threads.length; thread++) {
      stepThread(node, thread);
      if (model.flush === undefined) continue;
      const after = model.copy(node.memory);
      if (!model.flush(after, thread)) continue;
      transitions++;
      visit({ threads: node.threads, memory: after });
    }
  }
  return { finals: [...finals.values()], executions, states: seen.size, transitions, race, bounded };
}
