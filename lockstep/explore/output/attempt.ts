/**
 * A step that was tried from a state, and what it shows there: with symmetry, the step that a search has noted is
 * from a representative, and the same must be shown from the state that is really there.
 *
 * @module
 */
import type { AnyCommand, DeepReadonly, Invariant, Step } from "../../machine.ts";
import type { TraceStep } from "../exploration.ts";
import { plainKey } from "../plain_key.ts";
import type { Finding } from "../notes.ts";
import type { Search } from "../search.ts";

/** What became of a step that was tried. */
export interface Attempt<State, Command, Reply> {
  readonly end: "moved" | "refused" | "hung" | "cut" | "crashed";
  readonly after: State;
  readonly step: TraceStep<State, Command, Reply>;
}

function seenStep<State, Command, Reply>(
  before: State,
  { step, after }: Attempt<State, Command, Reply>,
): DeepReadonly<Step<State, Command, Reply>> {
  return { ...step, before, after } as unknown as DeepReadonly<Step<State, Command, Reply>>;
}

/** Whether an attempt from `before` is a step of the kind that a machine wants to see. */
export function meets<State, Command, Reply>(
  situation: Invariant<Step<State, Command, Reply>>,
  before: State,
  attempt: Attempt<State, Command, Reply>,
): boolean {
  if (attempt.end !== "moved") return false;
  const seen = seenStep(before, attempt);
  return typeof situation === "function" ? situation(seen) : situation.when(seen) && situation.then(seen);
}

/** Whether an attempt from `before` shows the same as a finding. */
export function violates<State, Command extends AnyCommand, Reply, Start>(
  { machine, codec }: Pick<Search<State, Command, Reply, Start, unknown>, "machine" | "codec">,
  { kind, property }: Pick<Finding, "kind" | "property">,
  before: State,
  attempt: Attempt<State, Command, Reply>,
): boolean {
  const { end, after } = attempt;
  switch (kind) {
    case "crashed":
    case "hung":
      return end === kind;
    case "outside schema":
      return end === "moved" && codec.explain(after) !== undefined;
    case "refusal":
      return end === "refused" && plainKey(after) !== plainKey(before);
    case "everyStep": {
      const promise = machine.everyStep?.[property];
      if (end !== "moved" || promise === undefined) return false;
      const seen = seenStep(before, attempt);
      return typeof promise === "function" ? !promise(seen) : promise.when(seen) && !promise.then(seen);
    }
    case "always":
    case "leadsTo":
    case "deadlock":
    case "impure":
    case "symmetry":
    case "independence":
    case "refines":
      return end === "moved";
  }
}
