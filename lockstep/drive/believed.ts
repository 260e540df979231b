/**
 * The states that a machine may be in, given all that was heard: one live state as long as every choice is
 * explained by a hint, a set of states from the first unexplained choice on.
 *
 * @module
 */
import type { AnyCommand, DeepReadonly, Machine, World } from "../machine.ts";
import { copy, equal, keyOf } from "./plain.ts";
import type { Heard } from "./verdict.ts";

/** What happened when a command was put to the believed states. */
export type BelievedStep<Reply, View> =
  | { readonly kind: "agreed" }
  | { readonly kind: "impossible" }
  | {
    /** What was heard may lead beyond a bound of the scope, where the machine says nothing. */
    readonly kind: "beyond";
  }
  | { readonly kind: "diverged"; readonly allowed: readonly Reply[] }
  | { readonly kind: "diverged view"; readonly allowed: readonly View[] }
  | { readonly kind: "broken machine"; readonly reason: string };

/** How the subject is asked, at most once per command, at the first moment that somebody needs to know. */
export interface Hearing<Reply, View> {
  heard(): Heard<Reply>;
  /** `undefined` when the subject shows no view. */
  view(): View | undefined;
  readonly hasView: boolean;
}

/** Thrown by {@link Hearing.heard} when the subject answered with a promise: the case has to be run with waiting. */
export class NotSynchronous extends Error {
  override readonly name = "NotSynchronous";
}

/** Limits of a step and of the set. */
export interface BelievedLimits {
  /** Most states in the set; past it the machine has too much freedom to be driven. */
  readonly maximumStates: number;
  /** Units of work in one step of the machine; past it the step counts as hung. */
  readonly maximumTicks: number;
  /** Whether hints are not listened to. */
  readonly deaf?: boolean;
}

const hung = Symbol("hung");
const unexplained = Symbol("unexplained choice");
const noAlternative = Symbol("no such alternative");

class Cut extends Error {}

const noPicks: readonly number[] = [];

const agreed: { readonly kind: "agreed" } = { kind: "agreed" };
const impossible: { readonly kind: "impossible" } = { kind: "impossible" };
const beyond: { readonly kind: "beyond" } = { kind: "beyond" };

/** The believed states of one machine during one case. */
export class Believed<State, Command extends AnyCommand, Reply, Start, View> {
  readonly machine: Machine<State, Command, Reply, Start, View>;
  readonly #limits: BelievedLimits;
  readonly #world: World<Reply>;
  /** One live state, or several. Never empty. */
  #states: State[];
  /** To rebuild the state before a step that met an unexplained choice: a copy, and what was done since. */
  #base: State;
  #since: { readonly command: Command; readonly picks: readonly number[] }[] = [];
  #picks: number[] = [];
  #planned: readonly number[] = [];
  #counts: number[] = [];
  #mode: "hinted" | "planned" = "hinted";
  #ticks = 0;
  #choices = 0;
  /** Whether an alternative of this step was cut off by a bound of the scope. */
  #wasCut = false;
  #hearing: Hearing<Reply, View> | undefined;

  constructor(machine: Machine<State, Command, Reply, Start, View>, start: Start, limits: BelievedLimits) {
    this.machine = machine;
    this.#limits = limits;
    this.#world = {
      choose: (count, hint) =>
        this.#mode === "hinted" ? this.#chooseHinted(count, hint) : this.#choosePlanned(count),
      tick: () => {
        if (++this.#ticks > limits.maximumTicks) throw hung;
      },
      cut: (reason) => {
        throw new Cut(reason);
      },
      refuse: () => undefined,
    };
    this.#states = this.#initialStates(start);
    this.#base = copy(this.#states[0]!);
  }

  /** The believed states, for reading only. */
  get states(): readonly DeepReadonly<State>[] {
    return this.#states as readonly DeepReadonly<State>[];
  }

  /** Whether {@link step} may have to hear the subject for `command`; nothing is changed. A machine that throws may. */
  mayHear(command: Command): boolean {
    try {
      return this.#states.some((state) => this.#alternatives(state, this.#step(command)).length > 0);
    } catch {
      // Whose fault it is, the step says.
      return true;
    }
  }

  /** Puts `command` to the machine and compares with what is heard; on a divergence the states are as before. */
  step(command: Command, hearing: Hearing<Reply, View>): BelievedStep<Reply, View> {
    try {
      if (this.#states.length === 1 && this.machine.internal === undefined) {
        const single = this.#stepSingle(command, hearing);
        if (single !== undefined) return single;
      }
      return this.#stepSet(command, hearing);
    } catch (error) {
      if (error instanceof NotSynchronous) throw error;
      const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      return { kind: "broken machine", reason: `${command.kind}: ${reason}` };
    }
  }

  /** Every reply that some believed state allows for `command`, without listening to hints. */
  allowed(command: Command): readonly Reply[] {
    const replies = new Map<string, Reply>();
    for (const state of this.#states) {
      for (const outcome of this.#alternatives(state, this.#step(command))) {
        if (outcome.reply.kind === "replied") replies.set(keyOf(outcome.reply.reply), outcome.reply.reply);
      }
    }
    return [...replies.values()];
  }

  #initialStates(start: Start): State[] {
    const states = new Map<string, State>();
    this.#mode = "planned";
    this.#planned = [];
    do {
      this.#begin();
      try {
        const state = this.machine.initial(start, this.#world);
        states.set(keyOf(state), state);
      } catch (error) {
        if (error !== noAlternative && !(error instanceof Cut)) throw error;
      }
    } while (this.#nextPlan());
    return this.#closed([...states.values()]);
  }

  /** `states`, and all that moves nobody commands lead to. @throws {RangeError} when those are too many. */
  #closed(states: State[]): State[] {
    const { internal } = this.machine;
    if (internal === undefined) return states;
    const { maximumStates } = this.#limits;
    const found = new Map(states.map((state) => [keyOf(state), state]));
    for (const state of found.values()) {
      for (const [name, { move }] of Object.entries(internal)) {
        for (const next of this.#alternatives(state, (own) => move(own, this.#world as World<never>))) {
          if (next.reply.kind === "replied") found.set(keyOf(next.state), next.state);
        }
        if (found.size > maximumStates) {
          throw new RangeError(`the move ${name} leaves more than ${maximumStates} believed states`);
        }
      }
    }
    return [...found.values()];
  }

  #step(command: Command): (own: State) => Reply | undefined {
    return (own) => this.machine.step(own, command, this.#world);
  }

  /** The fast path: edits the live state in place. `undefined` = a choice was not explained, nothing is changed. */
  #stepSingle(command: Command, hearing: Hearing<Reply, View>): BelievedStep<Reply, View> | undefined {
    const state = this.#states[0]!;
    this.#mode = "hinted";
    this.#hearing = hearing;
    this.#begin();
    let reply: Reply | undefined;
    try {
      reply = this.machine.step(state, command, this.#world);
    } catch (error) {
      if (error !== unexplained && error !== hung && !(error instanceof Cut)) throw error;
      this.#rebuild();
      return undefined;
    }
    if (reply === undefined && this.#choices === 0) return impossible;
    const heard = hearing.heard();
    if (
      reply === undefined || heard.kind !== "replied" || !equal(reply, heard.reply) ||
      !this.#viewAgrees(state, hearing)
    ) {
      this.#rebuild();
      return undefined;
    }
    this.#since.push({ command, picks: this.#choices === 0 ? noPicks : this.#picks.slice(0, this.#choices) });
    return agreed;
  }

  /** The thorough path: every alternative of every believed state, hints unheard. */
  #stepSet(command: Command, hearing: Hearing<Reply, View>): BelievedStep<Reply, View> {
    let possible = 0;
    this.#wasCut = false;
    const replies = new Map<string, Reply>();
    const views = new Map<string, View>();
    const next = new Map<string, State>();
    for (const state of this.#states) {
      const outcomes = this.#alternatives(state, this.#step(command));
      if (outcomes.length === 0) continue;
      possible++;
      for (const outcome of outcomes) {
        const heard = hearing.heard();
        if (outcome.reply.kind === "replied") replies.set(keyOf(outcome.reply.reply), outcome.reply.reply);
        if (!equal(outcome.reply, heard)) continue;
        for (const after of this.#closed([outcome.state])) {
          if (this.#viewAgrees(after, hearing)) next.set(keyOf(after), after);
          else {
            const view = this.machine.view!(after as DeepReadonly<State>);
            views.set(keyOf(view), view);
          }
        }
      }
    }
    // No machine allows a crash where the command is possible, however far it looks.
    const isCrash = possible > 0 && hearing.heard().kind === "crashed";
    if (next.size === 0 && this.#wasCut && !isCrash) return beyond;
    if (possible === 0) return impossible;
    if (possible < this.#states.length && !this.#wasCut) {
      return {
        kind: "broken machine",
        reason: `${command.kind} is possible in ${possible} of ${this.#states.length} believed states: ` +
          "the caller can not know whether it may be given",
      };
    }
    if (next.size === 0) {
      return views.size > 0
        ? { kind: "diverged view", allowed: [...views.values()] }
        : { kind: "diverged", allowed: [...replies.values()] };
    }
    if (next.size > this.#limits.maximumStates) {
      return {
        kind: "broken machine",
        reason:
          `${command.kind} leaves ${next.size} believed states, at most ${this.#limits.maximumStates} are kept: ` +
          "decide its freedom where it is observed, or say more in the reply",
      };
    }
    this.#states = [...next.values()];
    this.#base = copy(this.#states[0]!);
    this.#since = [];
    return agreed;
  }

  #viewAgrees(state: State, hearing: Hearing<Reply, View>): boolean {
    if (!hearing.hasView || this.machine.view === undefined || hearing.heard().kind !== "replied") {
      return true;
    }
    return equal(this.machine.view(state as DeepReadonly<State>), hearing.view());
  }

  /** All ways to take a step on a copy of `state`. */
  #alternatives<Answer>(
    state: State,
    step: (own: State) => Answer | undefined,
  ): { state: State; reply: Heard<Answer> }[] {
    const outcomes: { state: State; reply: Heard<Answer> }[] = [];
    let plan: readonly number[] | undefined = [];
    while (plan !== undefined) {
      const own = copy(state);
      const reply = this.#attempt(own, step, plan);
      if (reply !== undefined) outcomes.push({ state: own, reply });
      plan = this.#nextPlan() ? this.#planned : undefined;
    }
    return outcomes;
  }

  /** One way, following `plan` and then always the first alternative; `undefined` = not possible. */
  #attempt<Answer>(
    own: State,
    step: (own: State) => Answer | undefined,
    plan: readonly number[],
  ): Heard<Answer> | undefined {
    this.#mode = "planned";
    this.#planned = plan;
    this.#begin();
    try {
      const reply = step(own);
      return reply === undefined ? undefined : { kind: "replied", reply };
    } catch (error) {
      if (error === hung) return { kind: "hung" };
      if (error instanceof Cut) this.#wasCut = true;
      else if (error !== noAlternative) throw error;
      return undefined;
    }
  }

  #begin(): void {
    this.#ticks = 0;
    this.#choices = 0;
  }

  #chooseHinted(
    count: number,
    hint: ((heard: Reply) => number | "impossible" | undefined) | undefined,
  ): number {
    let pick: number | "impossible" | undefined = count === 1 ? 0 : undefined;
    if (pick === undefined && hint !== undefined && this.#limits.deaf !== true) {
      const heard = this.#hearing!.heard();
      if (heard.kind === "replied") pick = hint(heard.reply);
    }
    if (typeof pick !== "number" || !(pick >= 0 && pick < count)) throw unexplained;
    this.#picks[this.#choices++] = pick;
    return pick;
  }

  #choosePlanned(count: number): number {
    if (count < 1) throw noAlternative;
    const pick = this.#planned[this.#choices] ?? 0;
    this.#picks[this.#choices] = pick;
    this.#counts[this.#choices] = count;
    this.#choices++;
    return pick;
  }

  /** Moves to the next combination of choices, in the order of counting. */
  #nextPlan(): boolean {
    for (let place = this.#choices - 1; place >= 0; place--) {
      if (this.#picks[place]! + 1 < this.#counts[place]!) {
        this.#planned = [...this.#picks.slice(0, place), this.#picks[place]! + 1];
        return true;
      }
    }
    return false;
  }

  /** Puts the live state back to before the step that is being carried out. */
  #rebuild(): void {
    const state = copy(this.#base);
    for (const { command, picks } of this.#since) this.#attempt(state, this.#step(command), picks);
    this.#states = [state];
    this.#base = copy(state);
    this.#since = [];
  }
}
