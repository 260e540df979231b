/**
 * The real implementation beside the walk: asked the same commands, brought back into step after an undo.
 *
 * @module
 */
import { StepBudget } from "../drive/budget.ts";
import { BudgetExceeded } from "../drive/budget.ts";
import { equal } from "../drive/plain.ts";
import type { Heard } from "../drive/verdict.ts";
import type { AnyCommand, AnyTarget, Subject } from "../machine.ts";
import { phrase } from "../report/phrase.ts";

/** Units of work of one real command before it counts as hung. */
const maximumTicks = 100_000;

/** What the real side said, and shows. */
export interface RealAnswer {
  readonly heard: Heard<unknown>;
  /** Absent when nothing can be seen. */
  readonly view?: unknown;
}

/** A command that the real side has carried out. */
export interface Performed {
  readonly command: AnyCommand;
  readonly answer: RealAnswer;
}

/** One subject at a time, opened when it is first needed. */
export class RealSide implements Disposable {
  readonly target: AnyTarget;
  readonly #budget = new StepBudget(maximumTicks);
  #subject: Subject<AnyCommand, unknown, unknown> | undefined;
  #start: unknown;
  #performed: Performed[] = [];

  /** Opens nothing yet. */
  constructor(target: AnyTarget) {
    this.target = target;
  }

  /**
   * Performs `command` after `before`, on a subject opened at `start`. The subject is used on when it stands there
   * already; otherwise a fresh one is led there first. `notes` says when it answered differently on the way.
   */
  async perform(
    start: unknown,
    before: readonly AnyCommand[],
    command: AnyCommand,
  ): Promise<{ readonly answer: RealAnswer; readonly notes: readonly string[] }> {
    const notes: string[] = [];
    if (!this.#standsAt(start, before)) notes.push(...await this.#lead(start, before));
    return { answer: await this.#perform(command), notes };
  }

  /** What the subject has carried out since it was opened. */
  get performed(): readonly Performed[] {
    return this.#performed;
  }

  /** Ends the subject; the next command opens a fresh one. */
  close(): void {
    this.#subject?.[Symbol.dispose]();
    this.#subject = undefined;
    this.#performed = [];
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #standsAt(start: unknown, before: readonly AnyCommand[]): boolean {
    return this.#subject !== undefined && equal(this.#start, start) &&
      this.#performed.length === before.length &&
      this.#performed.every(({ command }, index) => equal(command, before[index]));
  }

  async #lead(start: unknown, before: readonly AnyCommand[]): Promise<string[]> {
    const remembered = equal(this.#start, start) ? this.#performed : [];
    this.close();
    this.#start = start;
    this.#subject = this.target.open(start) as Subject<AnyCommand, unknown, unknown>;
    const notes: string[] = [];
    for (const [index, command] of before.entries()) {
      const answer = await this.#perform(command);
      const earlier = remembered[index];
      if (earlier !== undefined && equal(earlier.command, command) && !equal(earlier.answer, answer)) {
        notes.push(
          `on the way back, ${phrase(command)} was answered differently: ${heardPhrase(answer.heard)}`,
        );
      }
    }
    return notes;
  }

  async #perform(command: AnyCommand): Promise<RealAnswer> {
    const subject = this.#subject!;
    this.#budget.refill();
    let answer: RealAnswer;
    try {
      const reply = await subject.perform(command, this.#budget);
      answer = {
        heard: { kind: "replied", reply },
        ...(subject.view === undefined ? {} : { view: subject.view() }),
      };
    } catch (error) {
      const heard: Heard<unknown> = error instanceof BudgetExceeded ? { kind: "hung" } : {
        kind: "crashed",
        error: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
      };
      answer = { heard };
    }
    this.#performed.push({ command, answer });
    return answer;
  }
}

/** What was heard, in one line. */
export function heardPhrase(heard: Heard<unknown>): string {
  switch (heard.kind) {
    case "replied":
      return phrase(heard.reply);
    case "hung":
      return "no answer: hung";
    case "crashed":
      return `no answer: ${phrase(heard.error)}`;
  }
}
