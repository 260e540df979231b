/**
 * Exhaustive exploration of a machine: every state that its scope can reach, and what is wrong in them.
 *
 * @module
 */
import type { AnyCommand, DeepReadonly, Machine } from "../machine.ts";
import type { Exploration, ExploreOptions, Progress } from "./exploration.ts";
import { decideLiveness } from "./liveness/liveness.ts";
import { refusalsOf } from "./output/refusals.ts";
import { Search } from "./search.ts";
import { Tracer } from "./output/trace.ts";

/**
 * Explores `machine` breadth-first, exactly and to the end unless a limit is set.
 *
 * A violation is a value with a shortest trace, and the search goes on behind it. The call blocks; to show
 * progress or to be interrupted by a signal, drive {@link exploring} instead.
 *
 * @throws {TypeError} when the state schema can not be packed.
 * @throws {RangeError} for limits that are not positive, and for `why` about what is no command of the machine.
 *
 * @example A counter that goes too far
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { z } from "zod";
 * import { explore } from "./explore.ts";
 *
 * const result = explore({
 *   name: "counter",
 *   schema: {
 *     state: z.strictObject({ count: z.int().min(0).max(9) }),
 *     command: z.strictObject({ kind: z.literal("add") }),
 *     reply: z.null(),
 *     start: z.null(),
 *   },
 *   starts: [null],
 *   commands: [{ kind: "add" as const }],
 *   initial: () => ({ count: 0 }),
 *   step(state) {
 *     state.count = (state.count + 1) % 10;
 *     return null;
 *   },
 *   always: { "below 3": ({ count }) => count < 3 },
 *   sometimes: {},
 *   actor: () => "counter",
 * });
 * assertEquals(result.states, 10);
 * assertEquals(result.exhausted, true);
 * assertEquals(result.violations.map(({ property, trace }) => [property, trace.steps.length]), [["below 3", 3]]);
 * ```
 */
export function explore<State, Command extends AnyCommand, Reply, Start, View>(
  machine: Machine<State, Command, Reply, Start, View>,
  options: ExploreOptions = {},
): Exploration<State, Command, Reply, Start> {
  const search = exploring(machine, options);
  for (;;) {
    const next = search.next();
    if (next.done) return next.value;
    options.onProgress?.(next.value);
  }
}

/** Like {@link explore}, piece by piece: yields progress a few times per second and returns the result. */
export function* exploring<State, Command extends AnyCommand, Reply, Start, View>(
  machine: Machine<State, Command, Reply, Start, View>,
  options: ExploreOptions = {},
): Generator<Progress, Exploration<State, Command, Reply, Start>> {
  const search = new Search(machine, options);
  yield* search.run();
  const result = summary(search);
  search.release();
  return result;
}

/** Like {@link explore}, but lets events in now and then, so that a signal handler can set `options.signal`. */
export async function exploreAsync<State, Command extends AnyCommand, Reply, Start, View>(
  machine: Machine<State, Command, Reply, Start, View>,
  options: ExploreOptions = {},
): Promise<Exploration<State, Command, Reply, Start>> {
  const search = exploring(machine, options);
  for (;;) {
    const next = search.next();
    if (next.done) return next.value;
    options.onProgress?.(next.value);
    await new Promise<void>((resume) => setTimeout(resume, 0));
  }
}

/** The result of a search that has ended. */
export function summary<State, Command extends AnyCommand, Reply, Start, View>(
  search: Search<State, Command, Reply, Start, View>,
): Exploration<State, Command, Reply, Start> {
  const { store, codec } = search;
  const tracer = new Tracer(search as unknown as Search<State, Command, Reply, Start, unknown>);
  const stoppedBy = reasonOf(search);
  const liveness = decideLiveness(search as unknown as Search<State, Command, unknown, unknown, unknown>);
  return {
    machine: search.machine.name,
    states: store.count,
    transitions: search.transitions,
    depth: search.levels.length,
    exhausted: stoppedBy === undefined,
    ...(stoppedBy === undefined ? {} : { stoppedBy }),
    cuts: [...search.cuts].map(([reason, count]) => ({ reason, count })),
    violations: [
      ...search.findings.map((finding) => tracer.violation(finding)),
      ...liveness.lassos.map((lasso) => tracer.lasso(lasso)),
    ],
    vacuous: soFar([...vacuous(search), ...liveness.vacuous], stoppedBy === undefined),
    refusals: refusalsOf(
      search as unknown as Search<State, Command, Reply, Start, unknown>,
      stoppedBy === undefined,
    ),
    witnesses: search.options.witnesses ? search.notes.reached.map((reached) => tracer.witness(reached)) : [],
    undecided: [...liveness.undecided, ...undecidedByReduction(search)],
    outcomes: [...search.checks.outcomes.values()],
    memory: {
      wordsPerState: store.words,
      bitsPerState: codec.bits,
      totalBytes: search.bytes,
      bytesPerState: search.bytes / Math.max(1, store.count),
      load: store.count / store.table.length,
    },
    symmetry: search.canonical !== undefined,
    ...representedStates(search),
    reduction: search.reduction !== undefined,
    ...(search.reduction === undefined ? {} : { reducedStates: search.reduction.reducedStates }),
    workers: 1,
    milliseconds: search.milliseconds,
  };
}

/** With symmetry: the sizes of all stored classes together. */
function representedStates<State, Command extends AnyCommand, Reply, Start, View>(
  { machine, canonical, store, codec }: Search<State, Command, Reply, Start, View>,
): { representedStates?: number } {
  if (canonical === undefined || machine.classSize === undefined) return {};
  let states = 0;
  for (let index = 0; index < store.count; index++) {
    states += machine.classSize(codec.unpack(store.arena, index * store.words) as DeepReadonly<State>);
  }
  return { representedStates: states };
}

/** Why a search has not seen everything, or `undefined` when it has. */
export function reasonOf(
  search:
    & Pick<
      Search<never, never, never, never, never>,
      "stoppedBy" | "cuts" | "levels" | "findings"
    >
    & { readonly store: { readonly count: number } },
): string | undefined {
  // Only when it is said: writing a number for people takes longer than a small search.
  const states = (): string =>
    `${search.store.count.toLocaleString("en-US")} states, depth ${search.levels.length}`;
  if (search.stoppedBy !== undefined) return `not exhausted: ${states()}: ${search.stoppedBy}`;
  const lost =
    search.findings.filter(({ kind, ofPromise }) =>
      kind === "outside schema" || kind === "hung" || kind === "crashed" && ofPromise !== true
    ).length;
  if (lost > 0) return `not exhausted: ${states()}: ${lost} kinds of steps led to no state`;
  const cuts = [...search.cuts].map(([reason, count]) => `${reason} (${count} times)`);
  return cuts.length === 0 ? undefined : `bounded: ${states()}: ${cuts.join("; ")}`;
}

/** What a reduced search says nothing about: promises about steps that it did not see, and about progress. */
function undecidedByReduction<State, Command extends AnyCommand, Reply, Start, View>(
  { reduction, options, machine, findings, checks: { someStep } }: Search<State, Command, Reply, Start, View>,
): string[] {
  if (reduction === undefined) return [];
  const why = "not decided, because orders of commands were left out";
  const broken = findings.filter(({ kind }) => kind === "everyStep").map(({ property }) => property);
  const everyStep = Object.keys(machine.everyStep ?? {}).filter((name) => !broken.includes(name));
  const leadsTo = options.liveness === false ? [] : Object.keys(machine.leadsTo ?? {});
  return [
    ...everyStep.map((name) => `everyStep "${name}": ${why}`),
    ...someStep.map((name) => `someStep "${name}": ${why}`),
    ...leadsTo.map((name) => `leadsTo "${name}": ${why}`),
  ];
}

/** "Never" is only said when everything was seen. */
function soFar(sentences: readonly string[], exhausted: boolean): readonly string[] {
  return exhausted
    ? sentences
    : sentences.map((sentence) => sentence.replace(/^(antecedent )?never /, "$1not yet "));
}

/** What was never reached, as sentences. */
export function vacuous<State, Command extends AnyCommand, Reply, Start, View>(
  search: Search<State, Command, Reply, Start, View>,
): string[] {
  const { moves, taken } = search;
  const sawSteps = search.reduction === undefined;
  const found = [
    ...search.checks.sometimes.map((name) => `never reached: sometimes "${name}"`),
    ...(sawSteps ? search.checks.someStep : []).map((name) => `never reached: someStep "${name}"`),
    ...search.checks.unseenAntecedents.filter((name) => sawSteps || !name.startsWith("everyStep"))
      .map((name) => `antecedent never held: ${name}`),
  ];
  const kinds = new Map<string, number[]>();
  for (let move = 0; move < moves.count; move++) {
    const kind = moves.kind(move);
    kinds.set(kind, [...(kinds.get(kind) ?? []), move]);
  }
  for (const [kind, members] of kinds) {
    const never = members.filter((move) => taken[move] === 0);
    if (never.length === members.length) found.push(`never possible: ${kind}`);
    // Only tried in normal forms, a command stands for all that a permutation makes of it.
    else if (search.canonical === undefined) {
      found.push(...never.map((move) => `never possible: ${moves.label(move)}`));
    }
  }
  return found;
}
