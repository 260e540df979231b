/**
 * The steps of a machine and nothing else: what every search pays that runs each step of each state.
 *
 * @module
 */
import process from "node:process";
import { Search } from "../../lockstep/explore/search.ts";
import type { AnyMachine } from "../../lockstep/machine.ts";
import { Cut } from "../../lockstep/explore/choices.ts";

/** Processor time and passes after which the next pass counts. */
const warmUp = { ms: 1_500, passes: 300 };

/** What running all steps once takes, warm, in processor time. */
export interface StepsAlone {
  readonly states: number;
  readonly transitions: number;
  readonly cpuMs: number;
}

/** Explores a machine, then runs every step of every state, and drops what it leads to. */
export function stepsAlone(machine: AnyMachine): StepsAlone {
  const search = new Search(machine, { learn: false, liveness: false, deadlock: false });
  for (const _ of search.run()) { /* Only its states are wanted. */ }
  const { store, codec, choices } = search;
  const moves = [
    ...machine.commands.map((command) => (state: unknown) => machine.step(state, command, choices)),
    ...Object.values(machine.internal ?? {}).map(({ move }) => (state: unknown) => move(state, choices)),
  ];
  const run = (state: unknown, move: (state: unknown) => unknown): "moved" | "refused" | "cut" => {
    try {
      return move(state) === undefined ? "refused" : "moved";
    } catch (error) {
      if (error instanceof Cut) return "cut";
      throw error;
    }
  };
  const pass = (): number => {
    let transitions = 0;
    for (let index = 0; index < store.count; index++) {
      let state: unknown;
      for (const move of moves) {
        choices.reset();
        do {
          choices.rewind();
          state ??= codec.unpack(store.arena, index * store.words);
          const end = run(state, move);
          if (end === "moved") transitions++;
          // As in a search, what was refused without a choice is as it was.
          if (end !== "refused" || choices.chosen) state = undefined;
        } while (choices.advance());
      }
    }
    return transitions;
  };
  const cpuMs = (): number => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  };
  const begun = cpuMs();
  for (let done = 0; done < warmUp.passes && cpuMs() - begun < warmUp.ms; done++) pass();
  const before = cpuMs();
  const transitions = pass();
  return { states: store.count, transitions, cpuMs: cpuMs() - before };
}
