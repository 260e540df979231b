/**
 * What a specification may be in, after all that was answered so far: sets of its states, interned.
 *
 * @module
 */
import type { AnyCommand, Machine } from "../machine.ts";
import { Cut } from "./choices.ts";
import type { AllowedAnswer } from "./exploration.ts";
import { messageOf } from "./notes.ts";
import { plainKey } from "./plain_key.ts";
import type { Observer, Problem } from "./observer.ts";
import { Specification, SpecificationFailure } from "./specification.ts";

/** The mechanism can not be looked at. The message is a violated property. */
class MechanismFailure extends Error {}

const violation = -1;
const cutShort = -2;

/**
 * The specification as an observer of a mechanism: subset construction, each state expanded once.
 *
 * A set holds every state that explains all replies and views so far, internal moves included. Nothing explains
 * the last one: the mechanism does what the specification forbids.
 */
export class Believed<State, Command extends AnyCommand, Reply, Start, View, HowState>
  implements Observer<HowState, Reply> {
  problem: Problem = { property: "", detail: "" };
  cut = "";
  readonly #specification: Specification<State, Command, Reply, Start, View>;
  readonly #starts: readonly Start[];
  readonly #commands: readonly (Command | undefined)[];
  readonly #viewOf: ((state: HowState) => unknown) | undefined;
  readonly #maximumBelieved: number;
  /** By view, then by answer. */
  readonly #pairs: Map<number, Map<number, number>> = new Map();
  #pairCount = 0;
  readonly #sets: Map<string, number> = new Map();
  readonly #members: Int32Array[] = [];
  readonly #memo: Map<number, number>[] = [];
  /** Per set and move: 1 = known that no member can take it. */
  readonly #refusals: Uint8Array[] = [];
  /** Largest set so far. */
  widest = 0;

  constructor(
    what: Machine<State, Command, Reply, Start, View>,
    starts: readonly Start[],
    commands: readonly (Command | undefined)[],
    viewOf: ((state: HowState) => unknown) | undefined,
    limits: { readonly tickBudget: number; readonly maximumBelieved: number },
  ) {
    this.#starts = starts;
    this.#commands = commands;
    this.#viewOf = what.view === undefined ? undefined : viewOf;
    this.#maximumBelieved = limits.maximumBelieved;
    this.#specification = new Specification(what, this.#viewOf !== undefined, limits.tickBudget);
  }

  /** Number of distinct sets, and of distinct states of the specification in them. */
  get counts(): { readonly sets: number; readonly states: number } {
    return { sets: this.#members.length, states: this.#specification.count };
  }

  /** Gives back what another search can use. */
  release(): void {
    this.#specification.release();
  }

  start(startIndex: number, state: HowState): number {
    return this.#guarded(() => {
      const specification = this.#specification;
      const states = specification.starts(this.#starts[startIndex]!);
      return this.#narrowed(specification.closed(states), state, "at the start");
    });
  }

  step(before: number, move: number, reply: Reply | undefined, after: HowState): number {
    const view = this.#viewOf === undefined ? -1 : this.#guarded(() => this.#viewIdOf(after));
    if (this.#viewOf !== undefined && view < 0) return view;
    const answer = this.#commands[move] === undefined ? 0 : 1 + this.#specification.answerId(reply);
    const memo = this.#memo[before]!;
    const key = this.#pair(answer, view) * this.#commands.length + move;
    const known = memo.get(key);
    if (known !== undefined) return known;
    const next = this.#guarded(() => this.#after(before, move, reply, after));
    if (next >= 0) memo.set(key, next);
    return next;
  }

  refused(before: number, move: number): number {
    const command = this.#commands[move];
    if (command === undefined) return 0;
    const refusals = this.#refusals[before]!;
    if (refusals[move] === 1) return 0;
    const verdict = this.#guarded(() => {
      const members = this.#members[before]!;
      const possible = [...members].filter((member) =>
        this.#specification.successors(member, move, command).length > 0
      ).length;
      if (possible === 0) return 0;
      if (possible < members.length) return this.#ambiguous(before, move, command, possible);
      this.problem = {
        property: `possible only in the specification: ${command.kind}`,
        detail: "the mechanism refuses what the specification allows",
        allowed: this.#allowed(before, move, command),
      };
      return violation;
    });
    if (verdict === 0) refusals[move] = 1;
    return verdict;
  }

  /** What the mechanism looks like, as a number. @throws {MechanismFailure} */
  #viewIdOf(how: HowState): number {
    let view: unknown;
    try {
      view = this.#viewOf!(how);
    } catch (error) {
      throw new MechanismFailure(`the mechanism's view fails: ${messageOf(error)}`);
    }
    return this.#specification.viewId(view);
  }

  /** One number for an answer and a view together. */
  #pair(answer: number, view: number): number {
    let ofView = this.#pairs.get(view);
    if (ofView === undefined) this.#pairs.set(view, ofView = new Map());
    let id = ofView.get(answer);
    if (id === undefined) ofView.set(answer, id = this.#pairCount++);
    return id;
  }

  #guarded(body: () => number): number {
    try {
      return body();
    } catch (error) {
      if (error instanceof Cut) {
        this.cut = `specification: ${error.message}`;
        return cutShort;
      }
      const property = error instanceof SpecificationFailure || error instanceof MechanismFailure
        ? error.message
        : `the specification fails: ${messageOf(error)}`;
      this.problem = { property, detail: property };
      return violation;
    }
  }

  #after(before: number, move: number, reply: Reply | undefined, after: HowState): number {
    const command = this.#commands[move];
    const members = this.#members[before]!;
    // Members looked like the mechanism when it was last seen: since then, internal moves may have changed that.
    const reachable = this.#specification.closed([...members]);
    if (command === undefined) return this.#narrowed(reachable, after, "after an internal move");
    const answer = this.#specification.answerId(reply);
    const found: number[] = [];
    let possible = 0;
    for (const [at, member] of reachable.entries()) {
      const successors = this.#specification.successors(member, move, command);
      if (successors.length > 0 && at < members.length) possible++;
      for (const successor of successors) if (successor.answer === answer) found.push(successor.next);
    }
    const allowed = () => this.#allowed(before, move, command);
    if (possible === 0 && found.length === 0) {
      const detail = "the mechanism carries out what the specification refuses";
      this.problem = { property: `possible only in the mechanism: ${command.kind}`, detail, allowed: [] };
      return violation;
    }
    if (possible > 0 && possible < members.length) {
      return this.#ambiguous(before, move, command, possible);
    }
    if (found.length === 0) {
      const answers = [...new Set(allowed().map(({ reply }) => plainKey(reply)))].join(" or ");
      const detail = `answered ${plainKey(reply)}, allowed is ${answers}`;
      this.problem = { property: `reply: ${command.kind}`, detail, allowed: allowed() };
      return violation;
    }
    return this.#narrowed(this.#specification.closed(found), after, `after ${command.kind}`);
  }

  /** Interns those of the states that look like the mechanism. */
  #narrowed(states: readonly number[], how: HowState, when: string): number {
    let kept = states;
    if (this.#viewOf !== undefined) {
      const view = this.#viewIdOf(how);
      kept = states.filter((state) => this.#specification.viewOf(state) === view);
      if (kept.length === 0) {
        const { machine } = this.#specification;
        const views = states.map((state) =>
          structuredClone(machine.view!(this.#specification.stateAt(state)))
        );
        const allowed = [...new Map(views.map((view) => [plainKey(view), { view }])).values()];
        const shown = allowed.map(({ view }) => plainKey(view)).join(" or ");
        this.problem = {
          property: `view ${when}`,
          detail: `looks ${plainKey(this.#viewOf(how))}, allowed is ${shown}`,
          allowed,
        };
        return violation;
      }
    }
    const members = Int32Array.from(new Set(kept)).sort();
    if (members.length > this.#maximumBelieved) {
      throw new Cut(`more than ${this.#maximumBelieved} states explain the same answers ${when}`);
    }
    this.widest = Math.max(this.widest, members.length);
    const key = members.join();
    let id = this.#sets.get(key);
    if (id === undefined) {
      id = this.#members.push(members) - 1;
      this.#memo.push(new Map());
      this.#refusals.push(new Uint8Array(this.#commands.length));
      this.#sets.set(key, id);
    }
    return id;
  }

  /** The specification is to blame: whether a command is possible is more than its caller can know. */
  #ambiguous(before: number, move: number, command: Command, possible: number): number {
    const believed = this.#members[before]!.length;
    this.problem = {
      property: `specification is ambiguous: ${command.kind}`,
      detail: `possible in ${possible} of ${believed} states that the caller can not tell apart`,
      allowed: this.#allowed(before, move, command),
    };
    return violation;
  }

  #allowed(before: number, move: number, command: Command): AllowedAnswer[] {
    const answers = new Set<number>();
    for (const member of this.#specification.closed([...this.#members[before]!])) {
      for (const { answer } of this.#specification.successors(member, move, command)) answers.add(answer);
    }
    return [...answers].map((answer) => this.#specification.answer(answer));
  }
}
