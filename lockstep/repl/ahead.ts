/**
 * Looking ahead from a state: how near a promise is to being broken, and how to get where something holds.
 *
 * @module
 */
import { copy } from "../drive/plain.ts";
import {
  type Exploration,
  explore,
  exploreAsync,
  type ExploreOptions,
  type TraceStep,
} from "../explore/mod.ts";
import type { AnyCommand, AnyMachine, Invariant, Invariants, LeadsTo, Step } from "../machine.ts";
import type { AnyWalk } from "../walk.ts";
import { type Move, outcomesOf } from "./outcomes.ts";

/** A search from a state, with properties of our own. */
export type Ahead = Exploration<unknown, AnyCommand, unknown, unknown>;

/** How far is looked, unless told otherwise. */
export const usualLimits: ExploreOptions = { maximumStates: 10_000, maximumMs: 20_000 };

const nothing = { sometimes: {}, someStep: {}, everyStep: {}, always: {}, leadsTo: {} };

/** The machine, beginning in `state`. Symmetry is left out: its traces begin in representatives. */
function startingAt(machine: AnyMachine, state: unknown): AnyMachine {
  const { canonical: _, ...rest } = machine;
  return { ...rest, starts: [machine.starts[0]], initial: () => copy(state) };
}

/** Explores what follows from `state` with the machine's own properties; `options.signal` may end it. */
export function exploreFrom(machine: AnyMachine, state: unknown, options: ExploreOptions): Promise<Ahead> {
  return exploreAsync(startingAt(machine, state), options);
}

/** Looks from `state` for the nearest places that break these properties. */
function ahead(
  machine: AnyMachine,
  state: unknown,
  properties: Partial<Pick<AnyMachine, "always" | "everyStep">>,
  options: ExploreOptions,
): Ahead {
  const from: AnyMachine = { ...startingAt(machine, state), ...nothing, ...properties };
  return explore(from, { deadlock: false, ...options });
}

/** A way: the steps, or how far was looked in vain. */
export type Way =
  | { readonly kind: "found"; readonly steps: readonly TraceStep<unknown, AnyCommand, unknown>[] }
  | { readonly kind: "none"; readonly states: number; readonly complete: boolean };

function wayOf(result: Ahead, property: string): Way {
  const found = result.violations.find((violation) => violation.property === property);
  if (found !== undefined) return { kind: "found", steps: found.trace.steps };
  return { kind: "none", states: result.states, complete: result.exhausted };
}

function holds<Subject>(invariant: Invariant<Subject>, subject: unknown): boolean {
  return typeof invariant === "function"
    ? invariant(subject as never)
    : !invariant.when(subject as never) || invariant.then(subject as never);
}

/** For each goal the shortest way from `state` to a state that meets it. One search for all of them. */
export function nearestStates(
  machine: AnyMachine,
  state: unknown,
  goals: Readonly<Record<string, (state: unknown) => boolean>>,
): Readonly<Record<string, Way>> {
  const names = Object.keys(goals);
  const always = Object.fromEntries(names.map((name) => [name, (here: unknown) => !goals[name]!(here)]));
  const result = ahead(machine, state, { always }, { ...usualLimits, stopAtFirst: names.length === 1 });
  return Object.fromEntries(names.map((name) => [name, wayOf(result, name)]));
}

/** The shortest way to a state in which `move` is possible. */
export function wayToPossible(machine: AnyMachine, state: unknown, move: Move): Way {
  const possible = (here: unknown) => outcomesOf(machine, here, move).length > 0;
  return nearestStates(machine, state, { possible })["possible"]!;
}

/** What "until" can aim at: promises (until broken, or paid), situations and labels (until reached). */
export function goals(machine: AnyMachine, walk: AnyWalk): readonly string[] {
  return [
    ...new Set([
      ...Object.keys(machine.sometimes),
      ...Object.keys(machine.someStep ?? {}),
      ...Object.keys(walk.labels),
      ...Object.keys(machine.always),
      ...Object.keys(machine.everyStep ?? {}),
      ...Object.keys(machine.leadsTo ?? {}),
    ]),
  ];
}

/** The shortest way to a goal: a situation or label that is reached, a promise that is broken or paid. */
export function wayToGoal(machine: AnyMachine, walk: AnyWalk, state: unknown, goal: string): Way {
  const not = <Subject>(invariant: Invariant<Subject>): (subject: unknown) => boolean => (subject) =>
    !holds(invariant, subject);
  const own = <Named>(named: Readonly<Record<string, Named>> | undefined): Named | undefined =>
    named !== undefined && Object.hasOwn(named, goal) ? named[goal] : undefined;
  const sometimes = own(machine.sometimes as Invariants<unknown>);
  const someStep = own(machine.someStep as Invariants<unknown> | undefined);
  const always = own(machine.always as Invariants<unknown>);
  const everyStep = own(machine.everyStep as Invariants<unknown> | undefined);
  const label = own(walk.labels);
  const leadsTo = own(machine.leadsTo as Readonly<Record<string, LeadsTo<unknown, AnyCommand>>> | undefined);
  const wish: Partial<Pick<AnyMachine, "always" | "everyStep">> = sometimes !== undefined
    ? { always: { [goal]: not(sometimes) } }
    : someStep !== undefined
    ? { everyStep: { [goal]: not(someStep) } }
    : label !== undefined
    ? {
      everyStep: {
        [goal]: ({ command, reply, after }: Step<unknown, AnyCommand, unknown>) =>
          command === undefined || !label({ command, reply, after: after as never }),
      },
    }
    : always !== undefined
    ? { always: { [goal]: always } }
    : leadsTo !== undefined
    ? { always: { [goal]: (here: unknown) => !leadsTo.to(here as never) } }
    : { everyStep: { [goal]: everyStep! } };
  return wayOf(ahead(machine, state, wish, { ...usualLimits, stopAtFirst: true }), goal);
}

/** How one promise stands in a state. */
export interface Nearness {
  readonly name: string;
  readonly holds: boolean;
  /** Whether it says anything here: the condition of an implication holds. */
  readonly applies: boolean;
  /** The shortest way to break it. */
  readonly broken: Way;
  /** For an implication that says nothing here: the shortest way to where it does. */
  readonly appliesAfter?: Way;
}

/** How near each promise over states is to being broken, from `state` on. Two searches for all of them. */
export function nearness(machine: AnyMachine, state: unknown): readonly Nearness[] {
  const promises = Object.entries(machine.always as Invariants<unknown>);
  const { always } = machine;
  const breaking = ahead(machine, state, { always }, usualLimits);
  const conditions = Object.fromEntries(
    promises.flatMap(([name, promise]) =>
      typeof promise === "function" ? [] : [[name, (here: unknown) => !promise.when(here as never)] as const]
    ),
  );
  const applying = Object.keys(conditions).length === 0
    ? undefined
    : ahead(machine, state, { always: conditions }, usualLimits);
  return promises.map(([name, promise]) => {
    const applies = typeof promise === "function" || promise.when(state as never);
    return {
      name,
      holds: holds(promise, state),
      applies,
      broken: wayOf(breaking, name),
      ...(applies || applying === undefined ? {} : { appliesAfter: wayOf(applying, name) }),
    };
  });
}

/** Promises that are broken in a state, or by the step that led there. */
export function brokenPromises(
  machine: AnyMachine,
  step: Step<unknown, AnyCommand, unknown>,
): readonly string[] {
  const broken = (invariants: Invariants<unknown> | undefined, subject: unknown): string[] =>
    Object.entries(invariants ?? {}).filter(([, promise]) => !holds(promise, subject)).map(([name]) => name);
  return [
    ...broken(machine.always as Invariants<unknown>, step.after),
    ...broken(machine.everyStep as Invariants<unknown> | undefined, step),
  ];
}
