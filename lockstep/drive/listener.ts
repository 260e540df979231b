/**
 * Listening to a subject: each command is put to it once, at the first moment that somebody needs to know.
 *
 * @module
 */
import type { AnyCommand, Subject } from "../machine.ts";
import { type Hearing, NotSynchronous } from "./believed.ts";
import { BudgetExceeded, StepBudget } from "./budget.ts";
import { copy } from "./plain.ts";
import type { Answered, Heard } from "./verdict.ts";

/** What was heard and seen of one subject for the present command. */
export class Listener implements Hearing<unknown, unknown> {
  readonly #subject: Subject<AnyCommand, unknown, unknown>;
  readonly #budget: StepBudget;
  readonly hasView: boolean;
  #command: AnyCommand | undefined;
  #heard: Heard<unknown> | undefined;
  #view: unknown;
  #viewed = false;

  constructor(subject: Subject<AnyCommand, unknown, unknown>, maximumTicks: number) {
    this.#subject = subject;
    this.#budget = new StepBudget(maximumTicks);
    this.hasView = subject.view !== undefined;
  }

  begin(command: AnyCommand): void {
    this.#command = command;
    this.#heard = undefined;
    this.#viewed = false;
  }

  /** What was heard for the command, and seen where somebody looked. */
  answered(): Answered {
    return this.#viewed ? { heard: this.heard(), view: this.#view } : { heard: this.heard() };
  }

  get performed(): boolean {
    return this.#heard !== undefined;
  }

  heard(): Heard<unknown> {
    if (this.#heard === undefined) {
      this.#budget.refill();
      let answer: unknown;
      try {
        answer = this.#subject.perform(this.#command!, this.#budget);
        // A subject may answer with the same object again and again: what is kept must not change with it.
        if (!(answer instanceof Promise)) return this.#heard = { kind: "replied", reply: copy(answer) };
      } catch (error) {
        return this.#heard = Listener.failed(error);
      }
      answer.catch(() => {});
      throw new NotSynchronous("the subject answers with promises");
    }
    return this.#heard;
  }

  /** Asks and waits, for subjects that answer with promises. */
  async hear(): Promise<void> {
    this.#budget.refill();
    try {
      const reply: unknown = await this.#subject.perform(this.#command!, this.#budget);
      this.#heard = { kind: "replied", reply: copy(reply) };
    } catch (error) {
      this.#heard = Listener.failed(error);
    }
  }

  view(): unknown {
    if (!this.#viewed) {
      this.#viewed = true;
      try {
        this.#view = copy(this.#subject.view?.());
      } catch (error) {
        this.#view = undefined;
        this.#heard = Listener.failed(error);
      }
    }
    return this.#view;
  }

  static failed(error: unknown): Heard<unknown> {
    if (error instanceof BudgetExceeded) return { kind: "hung" };
    return {
      kind: "crashed",
      error: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    };
  }
}
