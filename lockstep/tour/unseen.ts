/**
 * Allowed answers that were never given: where the machine may be looser than the real side.
 *
 * @module
 */
import type { AnyCommand } from "../machine.ts";
import { keyOf } from "../drive/plain.ts";
import type { Heard } from "../drive/verdict.ts";

/** Answers of one kind to commands of one kind, which a machine allows beside others and the real side withheld. */
export interface UnseenAnswers {
  /** Name of the machine that allows the answer. */
  readonly machine: string;
  /** Kind of the command. */
  readonly command: string;
  /** Kind of the answer, or the answer itself when it has no kind. */
  readonly answer: string;
  /** Situations (states of that machine, and commands) in which the answer is allowed beside others. */
  readonly allowedIn: number;
  /** Of these, the situations in which it was never given. All of them: the machine is looser than it need be. */
  readonly unseenIn: number;
  /** One of these situations, and the answer that was withheld in it. */
  readonly example: {
    readonly states: readonly unknown[];
    readonly command: AnyCommand;
    readonly reply: unknown;
  };
}

interface Judge {
  readonly machine: { readonly name: string };
  readonly states: readonly unknown[];
  allowed(command: AnyCommand): readonly unknown[];
}

interface Situation {
  readonly machine: string;
  readonly states: readonly unknown[];
  readonly command: AnyCommand;
  readonly replies: readonly unknown[];
  readonly given: Set<string>;
}

function answerOf(reply: unknown): string {
  const kind = typeof reply === "object" && reply !== null && "kind" in reply ? reply.kind : undefined;
  return typeof kind === "string" ? kind : keyOf(reply);
}

/** Collects what was allowed and what was given. */
export class AnswerLedger {
  readonly #situations: Map<string, Situation> = new Map();
  #pending: Situation[] = [];

  /** `command` is about to be put to the judges. */
  ask(judges: readonly Judge[], command: AnyCommand): void {
    this.#pending = [];
    for (const judge of judges) {
      const replies = judge.allowed(command);
      if (replies.length < 2) continue;
      const key = `${judge.machine.name} ${keyOf(command)} ${judge.states.map(keyOf).sort().join()}`;
      let situation = this.#situations.get(key);
      if (situation === undefined) {
        const states = structuredClone(judge.states);
        situation = { machine: judge.machine.name, states, command, replies, given: new Set() };
        this.#situations.set(key, situation);
      }
      this.#pending.push(situation);
    }
  }

  /** What was heard for the command that was asked last. */
  hear(heard: Heard<unknown> | undefined): void {
    if (heard?.kind === "replied") {
      for (const situation of this.#pending) situation.given.add(keyOf(heard.reply));
    }
    this.#pending = [];
  }

  /** Every kind of answer that was withheld somewhere, those never given first. */
  unseen(isNeverGiven?: (command: AnyCommand, reply: unknown) => boolean): readonly UnseenAnswers[] {
    const groups = new Map<string, { allowedIn: number; unseenIn: number; first: UnseenAnswers }>();
    for (const { machine, states, command, replies, given } of this.#situations.values()) {
      for (const reply of replies) {
        if (isNeverGiven?.(command, reply)) continue;
        const unseen = !given.has(keyOf(reply));
        const answer = answerOf(reply);
        const key = `${machine} ${command.kind} ${answer}`;
        let group = groups.get(key);
        if (group === undefined) {
          const example = { states, command, reply };
          const first = { machine, command: command.kind, answer, allowedIn: 0, unseenIn: 0, example };
          groups.set(key, group = { allowedIn: 0, unseenIn: 0, first });
        }
        if (unseen && group.unseenIn === 0) {
          group.first = { ...group.first, example: { states, command, reply } };
        }
        group.allowedIn++;
        if (unseen) group.unseenIn++;
      }
    }
    return [...groups.values()]
      .filter(({ unseenIn }) => unseenIn > 0)
      .map(({ first, allowedIn, unseenIn }) => ({ ...first, allowedIn, unseenIn }))
      .sort((one, other) => other.unseenIn / other.allowedIn - one.unseenIn / one.allowedIn);
  }
}
