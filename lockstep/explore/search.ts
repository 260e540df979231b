/**
 * The breadth-first search itself: expands one state after the other, level by level, until all are expanded or a
 * limit is reached.
 *
 * @module
 */
import type { AnyCommand, Machine } from "../machine.ts";
import { Arrivals } from "./arrivals.ts";
import { checkAsked, checkReducible } from "./check_options.ts";
import type { Candidates } from "./workers/candidates.ts";
import { Checks } from "./checks.ts";
import { Choices, defaultTickBudget } from "./choices.ts";
import { type Codec, compileCodec } from "./codec/codec.ts";
import type { ExploreOptions, Progress } from "./exploration.ts";
import { EdgeStore } from "./edge_store.ts";
import type { FastExpander } from "./learn/fast_expander.ts";
import { Learning } from "./learn/learning.ts";
import { IndependenceCheck } from "./reduction/independence_check.ts";
import { Moves } from "./moves.ts";
import { type Finding, Notes } from "./notes.ts";
import type { Observer } from "./observer.ts";
import { Reduction } from "./reduction/reduction.ts";
import { type Allocate, StateStore } from "./state_store.ts";
import { StepProblems } from "./step_problems.ts";
import { StepRunner } from "./step_runner.ts";

/** States that are expanded before limits, signals and progress are looked at. */
const batch = 512;

/** How long that may take: where steps are slow, fewer states are expanded at a time. */
const batchMs = 50;

type AnyExpander = FastExpander<never, never, never, never, never>;

/** What several searches have in common. */
export interface SearchParts {
  /** Memory for states. */
  readonly allocate?: Allocate | undefined;
  /** Makes what collects successors that somebody else takes in. */
  readonly candidates?: (store: StateStore) => Candidates;
  /** That of another search over the same machine in this thread. */
  readonly taught?: AnyExpander | undefined;
}

/**
 * A search over one machine, from nothing to its result. With an observer, only what the observer says is
 * checked, not the machine's own promises.
 */
export class Search<State, Command extends AnyCommand, Reply, Start, View> {
  readonly machine: Machine<State, Command, Reply, Start, View>;
  readonly options: ExploreOptions;
  readonly moves: Moves<State, Command, Reply>;
  readonly codec: Codec<State>;
  readonly store: StateStore;
  readonly choices: Choices;
  readonly observer: Observer<State, Reply> | undefined;
  readonly canonical: ((state: State) => void) | undefined;
  /** The machine's promises; none are asked where an observer watches. */
  readonly checks: Checks<State, Command, Reply>;
  readonly notes: Notes;
  /** The transitions, kept only when a `leadsTo` is to be decided. */
  readonly edges: EdgeStore | undefined;
  /** How often each move was carried out, up to 2^32 - 1. */
  readonly taken: Uint32Array;
  /** The last state of each complete level, plus one. */
  readonly levels: number[] = [];
  transitions = 0;
  /** Steps that led to no state. */
  lost = 0;
  startCount = 0;
  stoppedBy: string | undefined;
  /** Present when orders that do not matter are left out. */
  readonly reduction: Reduction<State, Command> | undefined;
  /** Present when the declaration of what is independent is checked. */
  readonly declaration: IndependenceCheck<State, Command> | undefined;
  readonly learning: Learning<State, Command, Reply, Start, View>;
  /** See {@link SearchParts}. */
  readonly candidates: Candidates | undefined;
  readonly #taught: FastExpander<State, Command, Reply, Start, View> | undefined;
  readonly #problems: StepProblems<State, Command, Reply, Start, View>;
  readonly #arrivals: Arrivals<State, Command, Reply, Start, View>;
  readonly #steps: StepRunner<State, Command, Reply, Start, View>;
  readonly #begun: number = performance.now();
  /** States that are expanded at a time now; it is not known yet how slow steps are. */
  #batch = 1;
  readonly maximumStates: number;
  readonly #watchesStates: boolean;

  constructor(
    machine: Machine<State, Command, Reply, Start, View>,
    options: ExploreOptions,
    observer?: Observer<State, Reply>,
    keepsEdges: boolean = false,
    { allocate, candidates, taught }: SearchParts = {},
  ) {
    this.machine = machine;
    this.#taught = taught as unknown as FastExpander<State, Command, Reply, Start, View> | undefined;
    this.options = options;
    this.observer = observer;
    this.moves = new Moves(machine);
    this.codec = compileCodec(machine.schema.state);
    const words = this.codec.words + (observer === undefined ? 0 : 1);
    this.store = new StateStore(words, allocate);
    this.candidates = candidates?.(this.store);
    this.choices = new Choices(options.tickBudget ?? defaultTickBudget);
    const symmetric = machine.canonical !== undefined && options.symmetry !== false && observer === undefined;
    this.canonical = symmetric ? (state) => void machine.canonical!(state) : undefined;
    const reduced = options.reduction === true;
    const declared = reduced || options.reduction === "check";
    if (declared) checkReducible(machine, symmetric, observer !== undefined);
    const decides = machine.leadsTo !== undefined && options.liveness !== false && observer === undefined &&
      !reduced;
    this.edges = decides || keepsEdges
      ? new EdgeStore((bytes) => this.#mayTake(this.store.totalBytes + bytes))
      : undefined;
    this.taken = new Uint32Array(this.moves.count);
    this.notes = new Notes(() => {
      if (options.stopAtFirst) this.stoppedBy = "stopped at the first violation";
    });
    this.checks = new Checks(
      machine as Machine<State, Command, Reply, unknown, unknown>,
      this.notes,
      observer === undefined,
    );
    this.maximumStates = options.maximumStates ?? Infinity;
    this.#watchesStates = this.checks.watchesStates;
    this.#problems = new StepProblems(this);
    this.#arrivals = new Arrivals(this, this.#problems);
    this.#steps = new StepRunner(this, this.#arrivals, this.#problems);
    this.learning = new Learning(this, this.#arrivals);
    const plain = this as unknown as Search<State, Command, unknown, unknown, unknown>;
    this.reduction = reduced ? new Reduction(plain) : undefined;
    this.declaration = declared
      ? new IndependenceCheck(plain.machine, this.codec, options.tickBudget)
      : undefined;
  }

  /** Memory of everything that is kept for states and transitions. */
  get bytes(): number {
    return this.store.totalBytes + (this.edges?.bytes ?? 0);
  }

  get milliseconds(): number {
    return performance.now() - this.#begun;
  }

  get findings(): readonly Finding[] {
    return this.notes.findings;
  }

  /** How often each bound ended a path. */
  get cuts(): Map<string, number> {
    return this.notes.cuts;
  }

  progress(depth: number, expanded: number): Progress {
    return {
      states: this.store.count,
      transitions: this.transitions,
      depth,
      waiting: this.store.count - expanded,
      bytes: this.bytes,
      milliseconds: this.milliseconds,
      violations: this.findings.length,
    };
  }

  /** Runs the search. It yields a few times per second, so that its caller can show progress or end it. */
  *run(): Generator<Progress, void> {
    checkAsked(this.machine, this.options);
    this.begin();
    let reported = this.milliseconds;
    for (let index = 0; this.goesOn(index);) {
      index = this.expandSome(index, batch);
      if (this.milliseconds - reported <= 100) continue;
      reported = this.milliseconds;
      yield this.progress(this.levels.length, index);
    }
    this.end();
  }

  /** Takes in the starts. */
  begin(): void {
    this.#steps.starts();
    this.startCount = this.store.count;
    if (this.store.count > 0) this.levels.push(this.store.count);
    this.learning.begin(this.#taught);
  }

  /** Whether a state is to be expanded next. Looks at limits and signals, and begins levels. */
  goesOn(index: number): boolean {
    if (index > 0) {
      if (this.options.signal?.aborted) this.stoppedBy ??= "interrupted";
      if (this.milliseconds > (this.options.maximumMs ?? Infinity)) {
        this.stoppedBy ??= `${this.options.maximumMs} ms are over`;
      }
    }
    if (index >= this.store.count || this.stoppedBy !== undefined) return false;
    if (index === this.levels.at(-1)) this.levels.push(this.store.count);
    const maximumDepth = this.options.maximumDepth ?? Infinity;
    if (this.levels.length < maximumDepth) return true;
    this.stoppedBy = `depth ${maximumDepth} reached with ${this.store.count - index} states not expanded`;
    return false;
  }

  /**
   * Expands states of the present level, at most so many, and fewer where that would take long; returns the first one
   * that is not expanded.
   */
  expandSome(index: number, most: number): number {
    const begun = performance.now();
    const reached = this.expandRange(index, Math.min(this.levels.at(-1)!, index + this.#batch));
    const milliseconds = performance.now() - begun;
    if (milliseconds > batchMs) this.#batch = Math.max(1, this.#batch >> 1);
    else if (milliseconds < batchMs / 4) this.#batch = Math.min(most, this.#batch * 2);
    return reached;
  }

  /** Expands states up to `end`, or fewer; returns the first one that is not expanded. */
  expandRange(index: number, end: number): number {
    const { expander } = this.learning;
    if (expander === undefined) {
      while (index < end && this.stoppedBy === undefined) this.#steps.expand(index++);
      this.learning.consider(index);
      return index;
    }
    const reached = expander.expand(index, end);
    this.transitions += expander.takeTransitions();
    if (!expander.isWorthwhile) this.learning.expander = undefined;
    return reached;
  }

  /** Notes the level that was being found when the search ended. */
  end(): void {
    if (this.levels.length > 0 && this.store.count > this.levels.at(-1)!) this.levels.push(this.store.count);
  }

  /** Gives back what another search can use: this one is over, and its result is made. */
  release(): void {
    this.#steps.release();
    this.learning.expander?.release();
    this.reduction?.release();
    this.codec.release();
  }

  /** Runs one move in all its alternatives. @returns whether any was possible, or failed. */
  expandMove(index: number, move: number): boolean {
    return this.#steps.move(index, move);
  }

  /** A state has no moves. */
  ended(index: number): void {
    this.#steps.ended(index);
  }

  /** A step did something else than before from the same state. */
  impure(index: number, move: number): void {
    this.#steps.forget();
    this.#problems.impure(index, move);
  }

  /** Takes in what another thread has done, which has added states to the store already. */
  takenIn(transitions: number, taken: Int32Array): void {
    this.transitions += transitions;
    for (let move = 0; move < taken.length; move++) this.taken[move]! += taken[move]!;
    this.#steps.forget();
  }

  /** Makes room for one more state; `false` = memory ends the search. */
  room(): boolean {
    if (this.store.count >= this.store.fullAt) this.#grow();
    return this.stoppedBy === undefined;
  }

  /** Ends the search because there is one state more than it may store. */
  tooMany(): void {
    this.stoppedBy = `the limit of ${this.maximumStates} states is reached`;
  }

  /** A state was added without having been a live state: looks at it. */
  discovered(index: number): void {
    const { arena, words } = this.store;
    if (this.#watchesStates) this.checks.state(this.codec.unpack(arena, index * words), index, false);
    this.#steps.forget();
  }

  /** Something may be new without having been a live state: looks at it. */
  found(candidate: number): void {
    if (!this.#watchesStates) return;
    const { chunk: { states } } = this.candidates!;
    this.checks.state(this.codec.unpack(states, candidate * this.store.words), -1, false);
    this.#steps.forget();
  }

  /** Whether tables may take so much; if not, that ends the search. */
  #mayTake(bytes: number): boolean {
    if (bytes <= (this.options.maximumBytes ?? Infinity)) return true;
    this.stoppedBy = `the tables would need ${bytes} bytes, allowed are ${this.options.maximumBytes}`;
    return false;
  }

  #grow(): void {
    const needed = this.store.bytesToGrow() + (this.edges?.bytes ?? 0);
    if (!this.#mayTake(needed)) return;
    try {
      this.store.grow();
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.stoppedBy = `no memory for tables of ${needed} bytes (${error.message})`;
    }
  }
}
