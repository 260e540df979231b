/**
 * A machine's promises about states and steps, as they are asked while its states are found.
 *
 * @module
 */
import type { AnyCommand, DeepReadonly, Invariant, Invariants, Machine, Plain, Step } from "../machine.ts";
import { type Finding, messageOf, type Notes } from "./notes.ts";

/** One promise and whether its antecedent was seen to hold. */
interface Promised<Subject> {
  readonly name: string;
  readonly when: ((subject: DeepReadonly<Subject>) => boolean) | undefined;
  readonly then: (subject: DeepReadonly<Subject>) => boolean;
  broken: boolean;
  seen: boolean;
}

function promises<Subject>(invariants: Invariants<Subject> | undefined): Promised<Subject>[] {
  return Object.entries(invariants ?? {}).map(([name, invariant]: [string, Invariant<Subject>]) =>
    typeof invariant === "function"
      ? { name, when: undefined, then: invariant, broken: false, seen: true }
      : { name, when: (s) => invariant.when(s), then: (s) => invariant.then(s), broken: false, seen: false }
  );
}

const holds = <Subject>(invariant: Invariant<Subject>, subject: DeepReadonly<Subject>): boolean =>
  typeof invariant === "function" ? invariant(subject) : invariant.when(subject) && invariant.then(subject);

type StepOf<State, Command, Reply> = DeepReadonly<Step<State, Command, Reply>>;

/** The promises of one machine in one search. */
export class Checks<State, Command extends AnyCommand, Reply> {
  readonly outcomes: Map<string, Plain> = new Map();
  /** Names of `sometimes` and `someStep` that are still to be reached. */
  sometimes: readonly string[];
  someStep: readonly string[];
  readonly #machine: Machine<State, Command, Reply, unknown, unknown>;
  readonly #notes: Notes;
  readonly #always: readonly Promised<State>[];
  readonly #everyStep: readonly Promised<Step<State, Command, Reply>>[];

  /** @param own Whether the machine's promises are asked at all. */
  constructor(machine: Machine<State, Command, Reply, unknown, unknown>, notes: Notes, own: boolean) {
    this.#machine = machine;
    this.#notes = notes;
    this.sometimes = own ? Object.keys(machine.sometimes) : [];
    this.someStep = own ? Object.keys(machine.someStep ?? {}) : [];
    this.#always = own ? promises(machine.always) : [];
    this.#everyStep = own ? promises(machine.everyStep) : [];
  }

  /** Whether new states must be shown. */
  get watchesStates(): boolean {
    return this.#always.length > 0 || this.sometimes.length > 0 || this.#machine.outcome !== undefined;
  }

  /** Whether steps must be shown. */
  get watchesSteps(): boolean {
    return this.#everyStep.length > 0 || this.someStep.length > 0;
  }

  /** Antecedents that never held, as `always "name"`. */
  get unseenAntecedents(): string[] {
    return [
      ...this.#always.filter(({ seen }) => !seen).map(({ name }) => `always "${name}"`),
      ...this.#everyStep.filter(({ seen }) => !seen).map(({ name }) => `everyStep "${name}"`),
    ];
  }

  /** A new state. What holds in an initial state only counts as never reached. */
  state(state: State, index: number, initial: boolean): void {
    const frozen = state as DeepReadonly<State>;
    for (const promise of this.#always) {
      if (promise.broken && promise.seen) continue;
      try {
        if (this.#isKept(promise, frozen, !initial)) continue;
        const { name } = promise;
        this.#notes.found({
          kind: "always",
          property: name,
          detail: `"${name}" does not hold`,
          state: index,
        });
      } catch (error) {
        promise.broken = promise.seen = true;
        this.#failed(error, `always "${promise.name}"`, index);
      }
    }
    if (this.sometimes.length > 0 && !initial) {
      this.sometimes = this.sometimes.filter((property) => {
        try {
          if (!holds(this.#machine.sometimes[property]!, frozen)) return true;
          this.#notes.reach({ kind: "sometimes", property, state: index });
        } catch (error) {
          this.#failed(error, `sometimes "${property}"`, index);
        }
        return false;
      });
    }
    if (this.#machine.outcome !== undefined && this.isDone(frozen, index)) this.outcome(frozen, index);
  }

  /** A step from the state `index`. */
  step(step: Step<State, Command, Reply>, index: number, by: () => Required<Finding>["step"]): void {
    const frozen = step as StepOf<State, Command, Reply>;
    for (const promise of this.#everyStep) {
      if (promise.broken && promise.seen) continue;
      try {
        if (this.#isKept(promise, frozen, true)) continue;
        const detail = `"${promise.name}" does not hold for this step`;
        this.#notes.found({ kind: "everyStep", property: promise.name, detail, state: index, step: by() });
      } catch (error) {
        promise.broken = promise.seen = true;
        this.#failed(error, `everyStep "${promise.name}"`, index, by());
      }
    }
    if (this.someStep.length > 0) {
      this.someStep = this.someStep.filter((property) => {
        try {
          if (!holds(this.#machine.someStep![property]!, frozen)) return true;
          this.#notes.reach({ kind: "someStep", property, state: index, step: by() });
        } catch (error) {
          this.#failed(error, `someStep "${property}"`, index, by());
        }
        return false;
      });
    }
  }

  /** Whether a program has ended in a state. Where the machine can not say, it is taken to have. */
  isDone(state: DeepReadonly<State>, index: number): boolean {
    try {
      return this.#machine.done?.(state) ?? false;
    } catch (error) {
      this.#failed(error, "done", index);
      return true;
    }
  }

  /** What a program that ends in a state has computed. */
  outcome(state: DeepReadonly<State>, index: number): void {
    try {
      const key = JSON.stringify(this.#machine.outcome!(state));
      if (this.outcomes.has(key)) return;
      this.outcomes.set(key, JSON.parse(key) as Plain);
      this.#notes.news++;
    } catch (error) {
      this.#failed(error, "outcome", index);
    }
  }

  /** What the machine says of a state or a step throws. */
  #failed(error: unknown, property: string, state: number, step?: Finding["step"]): void {
    const detail = messageOf(error);
    const by = step === undefined ? {} : { step };
    this.#notes.found({ kind: "crashed", property, detail, state, ...by, ofPromise: true });
  }

  /** Whether a promise holds, or was broken before. */
  #isKept<Subject>(promise: Promised<Subject>, subject: DeepReadonly<Subject>, counts: boolean): boolean {
    if (promise.when !== undefined) {
      if (!promise.when(subject)) return true;
      if (counts && !promise.seen) {
        promise.seen = true;
        this.#notes.news++;
      }
    }
    if (promise.broken || promise.then(subject)) return true;
    promise.broken = true;
    return false;
  }
}
