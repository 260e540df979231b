/**
 * The steps of a machine and nothing else: what every search pays that runs each step of each state.
 *
 * @module
 */
import process from "node:process";
import { Choices, Cut } from "../../lockstep/explore/choices.ts";
import { compileCodec } from "../../lockstep/explore/codec/codec.ts";
import type { AnyMachine } from "../../lockstep/machine.ts";
import { laterOf } from "./later.ts";
import { bare, modelOf } from "./models.ts";
import { statesOf } from "./states.ts";

/** Processor time and passes after which no further pass is begun. */
const warmUp = { ms: 3_000, passes: 300 };

/** What running all steps once takes, in processor time. */
export interface StepsAlone {
  readonly states: number;
  readonly transitions: number;
  /** The first time in a process, the compilation of the codec included. */
  readonly cpuMs: number;
  /** Later. */
  readonly warmMs: number;
}

/** Something that runs every step of every packed state once, and drops what it leads to. */
function passOver(machine: AnyMachine, arena: Int32Array): () => Pick<StepsAlone, "states" | "transitions"> {
  const codec = compileCodec(machine.schema.state);
  const choices = new Choices();
  const states = arena.length / codec.words;
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
  return () => {
    let transitions = 0;
    for (let index = 0; index < states; index++) {
      let state: unknown;
      for (const move of moves) {
        choices.reset();
        do {
          choices.rewind();
          state ??= codec.unpack(arena, index * codec.words);
          const end = run(state, move);
          if (end === "moved") transitions++;
          // As in a search, what was refused without a choice is as it was.
          if (end !== "refused" || choices.chosen) state = undefined;
        } while (choices.advance());
      }
    }
    return { states, transitions };
  };
}

/** Explores a model in another process, then runs every step of every state in this one, again and again. */
export async function stepsAlone(name: string): Promise<StepsAlone> {
  const arena = await statesOf(name);
  const machine = bare(modelOf(name).machine());
  const times: number[] = [];
  const timed = <Value>(body: () => Value): Value => {
    const before = process.cpuUsage();
    const value = body();
    const { user, system } = process.cpuUsage(before);
    times.push((user + system) / 1000);
    return value;
  };
  const { pass, counts } = timed(() => {
    const pass = passOver(machine, arena);
    return { pass, counts: pass() };
  });
  for (let spent = times[0]!; times.length < 2 || spent < warmUp.ms && times.length < warmUp.passes;) {
    timed(pass);
    spent += times.at(-1)!;
  }
  return { ...counts, cpuMs: times[0]!, warmMs: laterOf(times.slice(1)) };
}
