/**
 * The contract: what a protocol must say about itself so that one text can be explored exhaustively, walked by
 * hand, and driven in lockstep with a real implementation.
 *
 * A machine is pure: no clock, no randomness, no I/O. Freedom is asked for with {@link World.choose}, loops pay
 * with {@link World.tick}, and a bound that is not the protocol's is confessed with {@link World.cut}.
 *
 * @module
 */
import type { z } from "zod";

/** Plain data, all the way down: it can be diffed, packed into words, compared and written as JSON. */
export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [field: string]: Plain };

/** `Readonly`, all the way down. Invariants and views receive states in this form. */
export type DeepReadonly<T> = T extends readonly (infer Item)[] ? readonly DeepReadonly<Item>[]
  : T extends object ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
  : T;

/** What a step may ask of the engine that runs it. It is asked as a whole: its methods are not to be taken out of it. */
export interface World<Reply> {
  /**
   * Picks one of `count` alternatives, numbered from 0; exploring comes back for all the others.
   *
   * In lockstep, `hint` may read the real answer and name the alternative that explains it, say `"impossible"`
   * when none does, or return `undefined` for no opinion. A hint saves time and must never change a verdict: where
   * several alternatives explain the answer, it has no opinion.
   */
  choose(
    this: Pick<World<Reply>, "choose">,
    count: number,
    hint?: (heard: Reply) => number | "impossible" | undefined,
  ): number;
  /** Pays for one unit of work inside a loop. Past the budget the step counts as hung, an answer like any other. */
  tick(this: Pick<World<Reply>, "tick">): void;
  /** Ends the search on this path because of a bound of the scope: the result is "bounded", never "exhausted". */
  cut(this: Pick<World<Reply>, "cut">, reason: string): never;
  /**
   * Returns `undefined`, for a step to return: a refusal that names the condition which does not hold, as a sentence
   * fragment without numbers ("lease is not live"). `why` quotes it; in a search it costs nothing.
   */
  refuse(this: Pick<World<Reply>, "refuse">, reason: string): undefined;
}

/** A command is a plain object told apart by its `kind`. */
export interface AnyCommand {
  /** Any string; handles, weights and fairness are told apart by it. */
  readonly kind: string;
}

/** A command as one writes it where nobody asks of which protocol: with whatever fields that one gives it. */
export type CommandLiteral = AnyCommand | { readonly kind: string; readonly [field: string]: unknown };

/** A promise about single states: a predicate, or an implication whose antecedent must be seen to hold. */
export type Invariant<Subject> =
  | ((subject: DeepReadonly<Subject>) => boolean)
  | { when(subject: DeepReadonly<Subject>): boolean; then(subject: DeepReadonly<Subject>): boolean };

/** Named promises; the name is a sentence fragment that a report can print. */
export type Invariants<Subject> = Readonly<Record<string, Invariant<Subject>>>;

/** One step as a promise about steps sees it. `command` is absent for an internal move, then `move` is its name. */
export interface Step<State, Command, Reply> {
  /** Lent for the length of the call. */
  readonly before: State;
  /** Absent for an internal move. */
  readonly command?: Command;
  /** The key in {@link Machine.internal}; absent for a command. */
  readonly move?: string;
  /** Absent for an internal move. */
  readonly reply?: Reply;
  /** Lent for the length of the call. */
  readonly after: State;
}

/** A set of moves for fairness: a command's kind or an internal move's name, or a chosen part of the commands. */
export type MoveSet<Command> = string | { readonly name: string; includes(command: Command): boolean };

/** "Whenever `from` holds, `to` holds then or later", under fairness of some moves. Absent fairness: none. */
export interface LeadsTo<State, Command> {
  /** Where the debt begins; asked once for every state. */
  from(state: DeepReadonly<State>): boolean;
  /** Where it is paid; a state in which both hold owes nothing. */
  to(state: DeepReadonly<State>): boolean;
  /** Moves that can not stay possible for ever without being taken. */
  readonly weak?: readonly MoveSet<Command>[];
  /** Moves that can not be possible again and again for ever without being taken. */
  readonly strong?: readonly MoveSet<Command>[];
}

/** A move that nobody commands: a store buffer drains, a timer fires. */
export interface InternalMove<State> {
  /** Lane of the report, as {@link Machine.actor} answers for commands. */
  readonly actor: string;
  /** Edits `state`, the caller's own copy, and says in a few words what happened; `undefined` = not possible. */
  move(state: State, world: World<never>): string | undefined;
}

/**
 * What a machine declares so that exploring may leave out orders of commands that do not matter.
 *
 * Each answer is given for a state and holds from there on for as long as the command asked about is not taken,
 * whatever else is taken meanwhile. A wrong "independent" or "not visible" hides violations: prove the
 * declaration in a small scope with `reduction: "check"`; every reduced search spot-checks it. Internal moves depend on everything. States are lent.
 */
export interface Independence<State, Command> {
  /**
   * Whether, from `state` on until `first` is taken, `second` never changes whether `first` is possible nor what it
   * does, nor the other way round: both orders end in the same state, the n-th alternatives of choices together.
   * `first` is possible.
   */
  independent(state: DeepReadonly<State>, first: Command, second: Command): boolean;
  /**
   * Whether `command` can, when it is taken next or later, change what an `always` (either half) or `sometimes` says
   * of the state, or whether the program is `done`, or its `outcome`.
   */
  visible(state: DeepReadonly<State>, command: Command): boolean;
  /**
   * Narrows what `blocked`, which is not possible in `state`, waits for: before it can become possible, a command
   * must be taken for which this is true. Absent: any command.
   */
  unlocks?(state: DeepReadonly<State>, command: Command, blocked: Command): boolean;
}

/** Permutation of interchangeable parts: part `i` of the canonical state was part `permutation[i]`. */
export type Permutation = readonly number[];

/** The zod schemas of a machine: bounded, strict, plain data. They drive packing, validation and case files. */
export interface MachineSchema<State, Command, Reply, Start, View> {
  /** Every number and array with its bounds: exploring reports a state outside them as a violation. */
  readonly state: z.ZodType<State>;
  /** An object with a literal `kind`, or a union of such; `.meta({ creates })` and `.meta({ refersTo })` mark handles. */
  readonly command: z.ZodType<Command>;
  /** What can be heard, not what is right: it may allow what only a mistaken subject answers. */
  readonly reply: z.ZodType<Reply>;
  /** `z.null()` for a machine that begins in one way only. */
  readonly start: z.ZodType<Start>;
  /** Present where the machine has a {@link Machine.view}. */
  readonly view?: z.ZodType<View>;
}

/**
 * A protocol as an executable state machine.
 *
 * `State` is owned by the engine: `step` edits the copy it is handed. No object of a state or a reply may be kept
 * by the machine, and none is kept by reference by the engine.
 */
export interface Machine<State, Command extends AnyCommand, Reply, Start = null, View = never> {
  /** Name in reports and case files, in kebab-case. */
  readonly name: string;
  /** Bounds belong to a scope: another size of the same protocol is another machine, with schemas of its own. */
  readonly schema: MachineSchema<State, Command, Reply, Start, View>;
  /** Where a case may begin. Exploring takes all of them, a case records one, the subject is opened with it. */
  readonly starts: readonly Start[];
  /** Every command of this scope, simplest first: exploring needs them all, shrinking moves to the front. */
  readonly commands: readonly Command[];
  /** A fresh state that the engine owns from then on; may `choose`, and then every alternative is a beginning. */
  initial(start: Start, world: World<Reply>): State;
  /**
   * Carries out `command` on `state`, the caller's own copy, and says what is answered.
   *
   * `undefined` means: not possible here, or (after a `choose`) this alternative does not exist; `world.refuse` says
   * why. A refusal before the first `choose` leaves the state untouched. Whether a command is possible must follow
   * from what replies have told. An errno is an answer, not a refusal, and may change the state.
   */
  step(state: State, command: Command, world: World<Reply>): Reply | undefined;
  /** What can be seen without disturbing anything; compared after every command. */
  view?(state: DeepReadonly<State>): View;
  /**
   * Moves with a visible effect that nobody commands. A last resort: prefer to decide where it is observed. Driving
   * believes that any of them may have happened meanwhile; a tour can not cover them and refuses.
   */
  readonly internal?: Readonly<Record<string, InternalMove<State>>>;
  /** The command after which nothing is owed any more. */
  readonly settle?: Command;
  /** Holds in every state. */
  readonly always: Invariants<State>;
  /** Must hold in at least one state that is not initial, or the exploration proves less than it seems. */
  readonly sometimes: Invariants<State>;
  /** Holds for every step. */
  readonly everyStep?: Invariants<Step<State, Command, Reply>>;
  /** Must hold for at least one step. */
  readonly someStep?: Invariants<Step<State, Command, Reply>>;
  /** Promises about progress; decided only where the whole scope is explored, otherwise named as undecided. */
  readonly leadsTo?: Readonly<Record<string, LeadsTo<State, Command>>>;
  /** A program that has ended: a state without moves is then no deadlock. */
  done?(state: DeepReadonly<State>): boolean;
  /** What an ended program has computed; exploring collects the set of outcomes. */
  outcome?(state: DeepReadonly<State>): Plain;
  /** Brings `state`, the caller's own copy, into the normal form of its symmetry class, and says how. */
  canonical?(state: State): Permutation | undefined;
  /**
   * How many reachable states have the normal form of `state`, which is in it: exploring then reports states beside
   * classes. Absent where nobody can tell, for example because the starts are not symmetric.
   */
  classSize?(state: DeepReadonly<State>): number;
  /** Which orders of commands do not matter; only asked when exploring with `reduction`. */
  readonly independence?: Independence<State, Command>;
  /** Who carries out `command`: a lane of the report. */
  actor(command: Command): string;
  /** One line that shows a state to a person; JSON otherwise. */
  show?(state: DeepReadonly<State>): string;
}

/** A machine whose type parameters nobody here needs to know. `Machine` is invariant, so one such type is needed. */
// deno-lint-ignore no-explicit-any
export type AnyMachine = Machine<any, any, any, any, any>;

/** Work allowance of one real command. */
export interface Budget {
  /** Pays for one unit of work. @throws {BudgetExceeded} past the allowance: the command counts as hung. */
  tick(): void;
}

/** What an implementation needs from the machine it runs on, and facts of it that a scope may depend on. */
export interface Probe {
  /** One sentence for each thing that is missing here; empty when the target can run. */
  readonly missing: readonly string[];
  /** Named facts of this machine; empty when nothing depends on any. */
  readonly facts: Readonly<Record<string, boolean | number>>;
}

/** A real implementation, as something that can be opened again and again. */
export interface Target<Command, Reply, Start = null, View = never> {
  /** In reports and progress lines; tells a mistaken implementation from the correct one. */
  readonly name: string;
  /** Whether its subjects answer with promises. Without it, a first subject is disturbed to find out. */
  readonly asynchronous?: boolean;
  /** Looks without leaving anything behind; never throws for what is missing. */
  probe(): Probe;
  /** Opens a fresh subject that shares nothing visible to the kernel with an earlier one. The caller disposes it. */
  open(start: Start): Subject<Command, Reply, View>;
  /** Gives back what its subjects share, threads for example, when no more will be opened. */
  [Symbol.dispose]?(): void;
}

/** One running instance of an implementation. Disposing gives everything back, also after an error. */
export interface Subject<Command, Reply, View = never> extends Disposable {
  /** Carries out `command` and answers in the machine's terms. Never waits: it reads what has arrived. */
  perform(command: Command, budget: Budget): Reply | Promise<Reply>;
  /** What can be seen without disturbing anything, in the machine's terms. */
  view?(): View;
}

/** A target whose type parameters nobody here needs to know. */
// deno-lint-ignore no-explicit-any
export type AnyTarget = Target<any, any, any, any>;
