/**
 * What a search writes down besides states: the first violation of each kind, and which bounds ended paths.
 *
 * @module
 */
import type { AllowedAnswer, ViolationKind } from "./exploration.ts";

/** A violation as the search notes it: where it is, not yet how one gets there. */
export interface Finding {
  readonly kind: ViolationKind;
  readonly property: string;
  readonly detail: string;
  /** The violating state, or the one before the violating step; -1 = while an initial state was made. */
  readonly state: number;
  /** The violating step: its move (for an initial state: which start) and its choices. */
  readonly step?: { readonly move: number; readonly choices: readonly number[] };
  readonly allowed?: readonly AllowedAnswer[];
  /** What has crashed is a promise, not a step. */
  readonly ofPromise?: true;
}

/** A situation that was to be reached, and where it was first. */
export interface Reached {
  readonly kind: "sometimes" | "someStep";
  readonly property: string;
  /** The state, or the one before the step. */
  readonly state: number;
  readonly step?: { readonly move: number; readonly choices: readonly number[] };
}

/** The notes of one search. */
export class Notes {
  readonly findings: Finding[] = [];
  /** The situations that were reached, in order. */
  readonly reached: Reached[] = [];
  /** How often each bound ended a path. */
  readonly cuts: Map<string, number> = new Map();
  /** How often something was noted that is noted once. */
  news = 0;
  readonly #known: Set<string> = new Set();
  readonly #onFinding: () => void;

  /** @param onFinding Called after each finding that is kept. */
  constructor(onFinding: () => void) {
    this.#onFinding = onFinding;
  }

  /** Whether a violation of this kind and property is noted already: then it need not be described. */
  knows(kind: ViolationKind, property: string): boolean {
    return this.#known.has(`${kind} ${property}`);
  }

  /** Keeps a finding, unless there is one of its kind and property. */
  found(finding: Finding): void {
    if (this.knows(finding.kind, finding.property)) return;
    this.#known.add(`${finding.kind} ${finding.property}`);
    this.findings.push(finding);
    this.news++;
    this.#onFinding();
  }

  /** Keeps a situation, which is reached for the first time. */
  reach(reached: Reached): void {
    this.reached.push(reached);
    this.news++;
  }

  /** A bound ended a path. */
  cut(reason: string): void {
    const count = this.cuts.get(reason) ?? 0;
    if (count === 0) this.news++;
    this.cuts.set(reason, count + 1);
  }
}

/** An error as a sentence. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
