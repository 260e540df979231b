/**
 * Why a command is refused: the condition that the step names, and what it looked at before it said no.
 *
 * @module
 */
import type { AnyCommand, Machine, World } from "../../machine.ts";
import { oneLine } from "../../report/phrase.ts";
import { Choices, Cut, Hung } from "../choices.ts";

/** One value that a step looked at. */
export interface Looked {
  /** Where it is, for example `state.slots[3]`. */
  readonly path: string;
  /** What was there before the step. */
  readonly value: unknown;
}

/** What became of a command in a state. */
export interface Explanation {
  /** "refused" when no alternative is possible. */
  readonly verdict: "possible" | "refused" | "cut" | "hung" | "crashed";
  /** The bound, the budget or the exception, for the last three. */
  readonly reason?: string;
  /** Replies of all alternatives. */
  readonly replies: readonly unknown[];
  /** For a refusal: the conditions that the step named, each once. */
  readonly conditions: readonly string[];
  /**
   * For a refusal: what the step looked at, in order. The last one was decisive, in as far as the step decides when
   * it looks.
   */
  readonly looked: readonly Looked[];
}

/**
 * Runs a command, or the internal move of that name, on a copy of `state` and watches which values it looks at.
 *
 * @throws {RangeError} when the machine has no internal move of that name.
 */
export function why<State, Command extends AnyCommand, Reply, Start, View>(
  machine: Machine<State, Command, Reply, Start, View>,
  state: NoInfer<State>,
  move: NoInfer<Command | string>,
): Explanation {
  if (typeof move === "string" && !Object.hasOwn(machine.internal ?? {}, move)) {
    const known = Object.keys(machine.internal ?? {});
    throw new RangeError(
      `Cannot explain ${oneLine(move)}: ${machine.name} has ${
        known.length === 0 ? "no internal moves" : `the internal moves ${known.join(", ")}`
      }`,
    );
  }
  const run = (own: State, world: World<Reply>): unknown =>
    typeof move === "string"
      ? machine.internal![move]!.move(own, world as unknown as World<never>)
      : machine.step(own, move, world);
  const choices = new Choices();
  const replies: unknown[] = [];
  const conditions = new Set<string>();
  let looked: readonly Looked[] = [];
  do {
    choices.rewind();
    const seen: Looked[] = [];
    try {
      const reply = run(watched(structuredClone(state), "state", seen), choices as World<Reply>);
      if (reply !== undefined) replies.push(unwatched(reply));
      else if (choices.refusal !== undefined) conditions.add(choices.refusal);
      looked = seen;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const verdict = error instanceof Cut ? "cut" : error instanceof Hung ? "hung" : "crashed";
      return { verdict, reason, replies, conditions: [], looked: seen };
    }
  } while (choices.advance());
  return replies.length > 0
    ? { verdict: "possible", replies, conditions: [], looked: [] }
    : { verdict: "refused", replies, conditions: [...conditions], looked };
}

function unwatched(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

/** A view of `target` that notes every plain value that is read through it. */
function watched<Value>(target: Value, path: string, seen: Looked[]): Value {
  if (typeof target !== "object" || target === null) return target;
  return new Proxy(target, {
    get(container, key) {
      const value: unknown = Reflect.get(container, key);
      if (typeof key === "symbol" || typeof value === "function") return value;
      const at = /^\d+$/.test(key) ? `${path}[${key}]` : `${path}.${key}`;
      if (typeof value === "object" && value !== null) return watched(value, at, seen);
      if (!seen.some((look) => look.path === at)) seen.push({ path: at, value });
      return value;
    },
  });
}
