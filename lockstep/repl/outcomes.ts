/**
 * What can be done in a state, and everything that may come of it.
 *
 * @module
 */
import { copy, keyOf } from "../drive/plain.ts";
import { Choices, Cut, Hung } from "../explore/choices.ts";
import type { AnyCommand, AnyMachine, World } from "../machine.ts";
import { oneLine, phrase } from "../report/phrase.ts";

/** Something that may be done: a command, or a move that nobody commands. */
export type Move =
  | { readonly kind: "command"; readonly command: AnyCommand }
  | { readonly kind: "internal"; readonly name: string };

/** What the machine says to a move. */
export type Answer =
  | { readonly kind: "replied"; readonly reply: unknown }
  | { readonly kind: "moved"; readonly note: string }
  | { readonly kind: "hung" }
  | { readonly kind: "crashed"; readonly error: string }
  | { readonly kind: "cut"; readonly reason: string };

/** One way in which a move may go. */
export interface Outcome {
  readonly answer: Answer;
  /** What `choose` returned, in order. */
  readonly choices: readonly number[];
  /** The state afterwards; absent when the step does not come to an end. */
  readonly state?: unknown;
}

/** A move that is possible, with all its outcomes that differ. */
export interface Possibility {
  readonly move: Move;
  readonly outcomes: readonly Outcome[];
}

/** Units of work of one step of the machine before it counts as hung. */
const maximumTicks = 100_000;

/** Most different outcomes of one move that are told apart. */
const maximumOutcomes = 200;

function attempt(machine: AnyMachine, state: unknown, move: Move, world: World<never>): Answer | undefined {
  try {
    if (move.kind === "command") {
      const reply: unknown = machine.step(state, move.command, world);
      return reply === undefined ? undefined : { kind: "replied", reply };
    }
    const note = machine.internal![move.name]!.move(state, world);
    return note === undefined ? undefined : { kind: "moved", note };
  } catch (error) {
    if (error instanceof Hung) return { kind: "hung" };
    if (error instanceof Cut) return { kind: "cut", reason: error.message };
    return {
      kind: "crashed",
      error: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    };
  }
}

/** The outcomes of a move, in the order of its choices, those that differ in nothing left out; empty = not possible. */
export function outcomesOf(machine: AnyMachine, state: unknown, move: Move): readonly Outcome[] {
  const choices = new Choices(maximumTicks);
  const outcomes = new Map<string, Outcome>();
  do {
    choices.rewind();
    const own = copy(state);
    const answer = attempt(machine, own, move, choices);
    if (answer === undefined) continue;
    const ended = answer.kind === "replied" || answer.kind === "moved";
    const outcome: Outcome = { answer, choices: choices.taken(), ...(ended ? { state: own } : {}) };
    const key = keyOf([answer, ended ? own : null]);
    if (!outcomes.has(key)) outcomes.set(key, outcome);
  } while (outcomes.size < maximumOutcomes && choices.advance());
  return [...outcomes.values()];
}

/** Every move of a machine, in its order, internal moves last. */
export function movesOf(machine: AnyMachine): readonly Move[] {
  return [
    ...(machine.commands as readonly AnyCommand[]).map((command) => ({ kind: "command", command } as const)),
    ...Object.keys(machine.internal ?? {}).map((name) => ({ kind: "internal", name } as const)),
  ];
}

/** Every move that is possible in a state, in the machine's order, internal moves last. */
export function possibilities(machine: AnyMachine, state: unknown): readonly Possibility[] {
  return movesOf(machine).flatMap((move) => {
    const outcomes = outcomesOf(machine, state, move);
    return outcomes.length === 0 ? [] : [{ move, outcomes }];
  });
}

/** A move in one line. */
export function movePhrase(move: Move): string {
  return move.kind === "command" ? phrase(move.command) : oneLine(move.name);
}

/** The word for a group of moves. */
export function moveKind(move: Move): string {
  return move.kind === "command" ? move.command.kind : move.name;
}

/** An answer in one line. */
export function answerPhrase(answer: Answer): string {
  switch (answer.kind) {
    case "replied":
      return phrase(answer.reply);
    case "moved":
      return oneLine(answer.note);
    case "hung":
      return "no answer: hung";
    case "crashed":
      return `no answer: ${oneLine(answer.error)}`;
    case "cut":
      return `the scope ends here: ${oneLine(answer.reason)}`;
  }
}
