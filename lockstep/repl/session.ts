/**
 * A walk through one machine that can go back and forth: a list of taken steps and a place in it.
 *
 * @module
 */
import { type CaseFile, caseFileVersion } from "../drive/case_file.ts";
import type { AnyCommand, AnyMachine } from "../machine.ts";
import { beginnings, type Move, type Outcome, possibilities, type Possibility } from "./outcomes.ts";

/** A step that was taken. */
export interface Taken {
  readonly move: Move;
  readonly outcome: Outcome;
  readonly state: unknown;
}

/** The walk. States are never edited: every step has its own. */
export class Session {
  readonly machine: AnyMachine;
  #start: unknown;
  #initial: unknown;
  #taken: Taken[] = [];
  #at = 0;
  #possible: readonly Possibility[] | undefined;

  /** Begins at the machine's first start. */
  constructor(machine: AnyMachine) {
    this.machine = machine;
    this.reset(machine.starts[0]);
  }

  get state(): unknown {
    return this.stateAt(this.#at);
  }

  /** How many steps have been taken up to here. */
  get at(): number {
    return this.#at;
  }

  /** How many steps there are, those that were undone included. */
  get length(): number {
    return this.#taken.length;
  }

  get start(): unknown {
    return this.#start;
  }

  /** The steps up to here. */
  get taken(): readonly Taken[] {
    return this.#taken.slice(0, this.#at);
  }

  /** The state after `at` steps. */
  stateAt(at: number): unknown {
    return at === 0 ? this.#initial : this.#taken[at - 1]!.state;
  }

  /** The step that led to the state after `at` steps. */
  stepAt(at: number): Taken | undefined {
    return this.#taken[at - 1];
  }

  /** What is possible here. */
  possible(): readonly Possibility[] {
    return this.#possible ??= possibilities(this.machine, this.state);
  }

  /** Takes a step; steps that were undone are forgotten. The outcome must have a state. */
  take(move: Move, outcome: Outcome): void {
    this.#taken.length = this.#at;
    this.#taken.push({ move, outcome, state: outcome.state });
    this.goto(this.#taken.length);
  }

  /** Goes to the place after `at` steps. @throws {RangeError} */
  goto(at: number): void {
    if (!Number.isInteger(at) || at < 0 || at > this.#taken.length) {
      throw new RangeError(`Cannot go to step ${at}: must be from 0 to ${this.#taken.length}`);
    }
    this.#at = at;
    this.#possible = undefined;
  }

  /** Forgets everything and begins at a start, by default the same one again, in the first of its states or `initial`. */
  reset(start: unknown = this.#start, initial: unknown = beginnings(this.machine, start)[0]): void {
    this.#start = start;
    this.#initial = initial;
    this.#taken = [];
    this.goto(0);
  }

  /** The commands up to here as a case; internal moves are not commands and are left out. */
  asCase(protocol: string, scope: string, mistake?: string): CaseFile {
    const commands: readonly AnyCommand[] = this.taken
      .flatMap(({ move }) => move.kind === "command" ? [move.command] : []);
    return {
      lockstep: caseFileVersion,
      protocol,
      scope,
      ...(mistake === undefined ? {} : { mistake }),
      start: this.start,
      commands,
    };
  }
}
