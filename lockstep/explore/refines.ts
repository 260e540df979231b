/**
 * Whether a mechanism only ever answers what its specification allows.
 *
 * @module
 */
import type { AnyCommand, DeepReadonly, Machine } from "../machine.ts";
import { Believed } from "./believed.ts";
import { defaultTickBudget } from "./choices.ts";
import type { ExploreOptions, Progress, Violation } from "./exploration.ts";
import { reasonOf } from "./explore.ts";
import { Search } from "./search.ts";
import { Tracer } from "./output/trace.ts";

/** Limits and wishes of a refinement check. `deadlock`, `liveness` and `symmetry` mean nothing here. */
export interface RefineOptions extends ExploreOptions {
  /** How many specification states may explain the same answers before the path is given up. Default 10,000. */
  readonly maximumBelieved?: number;
}

/** What a refinement check has found. */
export interface Refinement<State, Command, Reply, Start> {
  /** Name of the mechanism. */
  readonly how: string;
  /** Name of the specification. */
  readonly what: string;
  /** Distinct pairs of a mechanism state and a set of specification states. */
  readonly states: number;
  /** Steps of the mechanism, those to known pairs included. */
  readonly transitions: number;
  /** Breadth-first levels; the starts are the first. */
  readonly depth: number;
  /** Whether every reachable pair was seen: only then does "no violation" mean that the mechanism refines. */
  readonly exhausted: boolean;
  /** Why not, in one sentence; absent when exhausted. */
  readonly stoppedBy?: string;
  /** Bounds of either scope that ended paths, each with how often. */
  readonly cuts: readonly { readonly reason: string; readonly count: number }[];
  /** One per kind of disagreement, shortest first. Empty and exhausted: the mechanism refines the specification. */
  readonly violations: readonly Violation<State, Command, Reply, Start>[];
  /** Distinct states of the specification that were needed, and the most that explained one history. */
  readonly specificationStates: number;
  /** The most states of the specification that explained one history. */
  readonly widest: number;
  /** Time of the whole search. */
  readonly milliseconds: number;
}

/**
 * Explores the mechanism `how` together with every state that the specification `what` may be in.
 *
 * After each command the reply, and the view where both have one, must be one that the specification allows, and a
 * command must be possible on both sides or on neither. Internal moves on either side are invisible but for
 * the view. Both machines take the same commands and starts; those of `how` are used.
 *
 * @throws {TypeError} when a state schema can not be packed.
 */
export function refines<HowState, WhatState, Command extends AnyCommand, Reply, Start, View>(
  how: Machine<HowState, Command, Reply, Start, View>,
  what: Machine<WhatState, Command, Reply, Start, View>,
  options: RefineOptions = {},
): Refinement<HowState, Command, Reply, Start> {
  const search = refining(how, what, options);
  for (;;) {
    const next = search.next();
    if (next.done) return next.value;
    options.onProgress?.(next.value);
  }
}

/** Like {@link refines}, piece by piece: yields progress a few times per second and returns the result. */
export function* refining<HowState, WhatState, Command extends AnyCommand, Reply, Start, View>(
  how: Machine<HowState, Command, Reply, Start, View>,
  what: Machine<WhatState, Command, Reply, Start, View>,
  options: RefineOptions = {},
): Generator<Progress, Refinement<HowState, Command, Reply, Start>> {
  const internal = Object.keys(how.internal ?? {}).map(() => undefined);
  const view = how.view === undefined
    ? undefined
    : (state: HowState): unknown => how.view!(state as DeepReadonly<HowState>);
  const limits = {
    tickBudget: options.tickBudget ?? defaultTickBudget,
    maximumBelieved: options.maximumBelieved ?? 10_000,
  };
  const believed = new Believed<WhatState, Command, Reply, Start, View, HowState>(
    what,
    how.starts,
    [...how.commands, ...internal],
    view,
    limits,
  );
  const search = new Search(how, options, believed);
  yield* search.run();
  const stoppedBy = reasonOf(search);
  const tracer = new Tracer(search as unknown as Search<HowState, Command, Reply, Start, unknown>);
  const result = {
    how: how.name,
    what: what.name,
    states: search.store.count,
    transitions: search.transitions,
    depth: search.levels.length,
    exhausted: stoppedBy === undefined,
    ...(stoppedBy === undefined ? {} : { stoppedBy }),
    cuts: [...search.cuts].map(([reason, count]) => ({ reason, count })),
    violations: search.findings.map((finding) => tracer.violation(finding)),
    specificationStates: believed.counts.states,
    widest: believed.widest,
    milliseconds: search.milliseconds,
  };
  search.release();
  believed.release();
  return result;
}
