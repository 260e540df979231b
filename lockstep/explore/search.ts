/**
 * The breadth-first search itself: expands one state after the other and writes down what it sees.
 *
 * @module
 */
import type { AnyCommand, DeepReadonly, Machine, Step, World } from "../machine.ts";
import { checkOptions, checkReducible } from "./check_options.ts";
import { Checks } from "./checks.ts";
import { Choices, Cut, defaultTickBudget, Hung } from "./choices.ts";
import { type Codec, compileCodec } from "./codec.ts";
import type { ExploreOptions, Progress, ViolationKind } from "./exploration.ts";
import type { DecisionTree } from "./decision_tree.ts";
import { EdgeStore } from "./edge_store.ts";
import { EffectCount } from "./effect_count.ts";
import { FastExpander } from "./fast_expander.ts";
import { IndependenceCheck } from "./independence_check.ts";
import { Moves } from "./moves.ts";
import { type Finding, messageOf, Notes } from "./notes.ts";
import type { Observer, Problem } from "./observer.ts";
import { Reduction } from "./reduction.ts";
import { type Allocate, StateStore } from "./state_store.ts";
import type { Sink } from "./successors.ts";

/** States that are expanded before limits, signals and progress are looked at. */
const batch = 512;

type AnySearch = Search<never, never, never, never, never>;

/** States whose refused commands are checked to have left them alone. */
const checkedStates = 512;

/** Under reduction: the first states, and every how many later ones, in which the declaration is checked. */
const declarationChecked = { first: 32, every: 1024 };

/** What several searches have in common. */
export interface SearchParts {
  /** Memory for states. */
  readonly allocate?: Allocate | undefined;
  /** Where successors go that somebody else takes in. */
  readonly sink?: Sink;
  /** What another search has learnt, and goes on learning, in this thread. */
  readonly taught?: DecisionTree | undefined;
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
  readonly #declaration: IndependenceCheck<State, Command> | undefined;
  #fast: FastExpander<State, Command, Reply, Start, View> | undefined;
  /** See {@link SearchParts}. */
  readonly sink: Sink | undefined;
  readonly #taught: DecisionTree | undefined;
  /** Present until it is decided whether steps are learnt. */
  #effects: EffectCount | undefined;
  readonly #scratch: Int32Array;
  readonly #before: Codec<State>;
  readonly #begun: number = performance.now();
  readonly maximumStates: number;
  /** Asked often. */
  #watchesSteps: boolean;
  readonly #watchesStates: boolean;
  #live: State | undefined;
  #liveIndex = -1;

  constructor(
    machine: Machine<State, Command, Reply, Start, View>,
    options: ExploreOptions,
    observer?: Observer<State, Reply>,
    keepsEdges: boolean = false,
    { allocate, sink, taught }: SearchParts = {},
  ) {
    this.machine = machine;
    this.sink = sink;
    this.#taught = taught;
    this.options = options;
    this.observer = observer;
    this.moves = new Moves(machine);
    this.codec = compileCodec(machine.schema.state);
    this.#before = this.codec.another();
    const words = this.codec.words + (observer === undefined ? 0 : 1);
    this.store = new StateStore(words, allocate);
    this.#scratch = new Int32Array(words);
    this.choices = new Choices(options.tickBudget ?? defaultTickBudget);
    const symmetric = machine.canonical !== undefined && options.symmetry !== false && observer === undefined;
    this.canonical = symmetric ? (state) => void machine.canonical!(state) : undefined;
    const reduced = options.reduction === true;
    const declared = reduced || options.reduction === "check";
    if (declared) checkReducible(machine, symmetric, observer !== undefined);
    const decides = machine.leadsTo !== undefined && options.liveness !== false && observer === undefined &&
      !reduced;
    this.edges = decides || keepsEdges ? new EdgeStore() : undefined;
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
    this.#watchesSteps = this.checks.watchesSteps;
    this.#watchesStates = this.checks.watchesStates;
    const plain = this as unknown as Search<State, Command, unknown, unknown, unknown>;
    this.reduction = reduced ? new Reduction(plain) : undefined;
    this.#declaration = declared
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
    this.begin();
    let reported = this.milliseconds;
    for (let index = 0; this.goesOn(index);) {
      index = this.expandRange(index, Math.min(this.levels.at(-1)!, index + batch));
      if (this.milliseconds - reported <= 100) continue;
      reported = this.milliseconds;
      yield this.progress(this.levels.length, index);
    }
    this.end();
  }

  /** Takes in the starts. */
  begin(): void {
    checkOptions(this.machine.name, this.options);
    this.#takeStarts();
    this.startCount = this.store.count;
    if (this.store.count > 0) this.levels.push(this.store.count);
    const { learn } = this.options;
    const learns = learn !== false && this.#declaration === undefined && !this.#watchesSteps &&
      FastExpander.suits(this as unknown as AnySearch);
    if (learns && this.#taught !== undefined) this.#fast = new FastExpander(this, this.#taught);
    else if (learns && learn === "at once") this.#fast = new FastExpander(this);
    else if (learns) this.#effects = new EffectCount(this.codec.words);
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

  /** Expands states up to `end`, or fewer; returns the first one that is not expanded. */
  expandRange(index: number, end: number): number {
    if (this.#fast === undefined) {
      while (index < end && this.stoppedBy === undefined) this.#expand(index++);
      if (this.#effects !== undefined) this.#considerLearning(this.#effects);
      return index;
    }
    const reached = this.#fast.expand(index, end);
    this.transitions += this.#fast.takeTransitions();
    if (!this.#fast.isWorthwhile) this.#fast = undefined;
    return reached;
  }

  #considerLearning(effects: EffectCount): void {
    if (effects.isHopeless) this.#effects = undefined;
    if (!effects.isWorthLearning) return;
    this.#effects = undefined;
    this.#fast = new FastExpander(this);
  }

  /** Notes the level that was being found when the search ended. */
  end(): void {
    if (this.levels.length > 0 && this.store.count > this.levels.at(-1)!) this.levels.push(this.store.count);
  }

  #takeStarts(): void {
    const { machine, choices } = this;
    for (let at = 0; at < machine.starts.length; at++) {
      choices.reset();
      do {
        choices.rewind();
        try {
          const state = machine.initial(machine.starts[at]!, choices as World<Reply>);
          this.#arrive(state, undefined, at, -1);
        } catch (error) {
          this.#failed(error, -1, at);
        }
      } while (choices.advance() && this.stoppedBy === undefined);
    }
  }

  #expand(index: number): void {
    let moved = false;
    this.edges?.begin();
    const enough = this.reduction?.enough(index);
    if (this.#declaration !== undefined) this.#checkDeclaration(this.#declaration, index);
    for (let move = 0; move < this.moves.count; move++) {
      if (enough !== undefined && enough[move] === 0) continue;
      if (this.expandMove(index, move)) moved = true;
      if (this.stoppedBy !== undefined) return this.edges?.markIncomplete(index);
    }
    if (!moved) this.ended(index);
  }

  #checkDeclaration(declaration: IndependenceCheck<State, Command>, index: number): void {
    const { first, every } = declarationChecked;
    if (this.reduction !== undefined && index >= first && index % every !== 0) return;
    const problem = declaration.problem(structuredClone(this.#stateAt(index)));
    if (problem === undefined) return;
    const { property, detail, move, choices } = problem;
    this.notes.found({ kind: "independence", property, detail, state: index, step: { move, choices } });
  }

  /** The live state, which is that of `index` until a step has run on it. */
  #stateAt(index: number): State {
    if (this.#liveIndex === index) return this.#live!;
    const { store, codec } = this;
    this.#live = codec.unpack(store.arena, index * store.words);
    this.#liveIndex = index;
    return this.#live;
  }

  /** Runs one move in all its alternatives. @returns whether any was possible, or failed. */
  expandMove(index: number, move: number): boolean {
    const { machine, choices, store, observer, moves } = this;
    const commands = machine.commands;
    let moved = false;
    choices.reset();
    do {
      choices.rewind();
      const state = this.#stateAt(index);
      let reply: Reply | undefined;
      try {
        if (move < commands.length) {
          reply = machine.step(state, commands[move]!, choices as World<Reply>);
        } else {
          const note = machine.internal![moves.internal[move - commands.length]!]!.move(state, choices);
          reply = note as unknown as Reply | undefined;
        }
      } catch (error) {
        this.#failed(error, index, move);
        moved = true;
        this.#liveIndex = -1;
        continue;
      }
      if (reply === undefined) {
        if (choices.chosen) this.#liveIndex = -1;
        else if (index < checkedStates && !this.#isUntouched(state, index)) {
          this.#touched(state, index, move);
          this.#liveIndex = -1;
        }
        continue;
      }
      moved = true;
      this.#liveIndex = -1;
      this.transitions++;
      this.taken[move]!++;
      if (this.#watchesSteps) {
        this.#checkStep(this.#before.unpack(store.arena, index * store.words), move, reply, state, index);
      }
      this.#arrive(state, move < commands.length ? reply : undefined, move, index);
    } while (choices.advance() && this.stoppedBy === undefined);
    if (!moved && observer !== undefined) {
      const observed = store.arena[index * store.words + store.words - 1]!;
      if (!observer.refused(observed, move)) this.#objection(observer.problem, index, move);
    }
    return moved;
  }

  /** Takes in a state that a step (or, from -1, a start) has led to. It is live and may be edited. */
  #arrive(state: State, reply: Reply | undefined, move: number, from: number): void {
    const { store, observer, codec } = this;
    const scratch = this.#scratch;
    if (this.canonical !== undefined) {
      try {
        this.canonical(state);
      } catch (error) {
        if (codec.explain(state) !== undefined) this.#outside(state, from, move);
        else this.#note("crashed", "canonical", messageOf(error), from, move);
        return;
      }
    }
    if (!codec.pack(state, scratch, 0)) {
      this.#outside(state, from, move);
      return;
    }
    if (from >= 0) this.#effects?.note(move, store.arena, from * store.words, scratch);
    if (observer !== undefined) {
      const words = store.words;
      const seenBy = from < 0
        ? observer.start(move, state)
        : observer.step(store.arena[from * words + words - 1]!, move, reply, state);
      if (seenBy < 0) {
        if (seenBy === -1) this.#objection(observer.problem, from, move);
        else this.notes.cut(observer.cut);
        return;
      }
      scratch[words - 1] = seenBy;
    }
    if (this.sink !== undefined) {
      const isKnown = store.find(scratch, 0) >= 0;
      if (isKnown && !this.sink.keepsKnown) return;
      if (!isKnown && !codec.isExact(state)) this.#outside(state, from, move);
      this.sink.add(scratch, from, move);
      return;
    }
    if (store.count >= this.maximumStates && store.find(scratch, 0) < 0) {
      this.tooMany();
      this.#lost(from);
      return;
    }
    const index = store.add(scratch, 0, from < 0 ? store.count : from, move);
    if (from >= 0) this.edges?.add(index < 0 ? -1 - index : index, move);
    if (index < 0) return;
    if (!codec.isExact(state)) this.#outside(state, from, move);
    this.checks.state(state, index, from < 0);
    this.room();
  }

  /** What was learnt; absent where steps are run. */
  get learnt(): DecisionTree | undefined {
    return this.#fast?.tree;
  }

  /** Takes in states that others have added to the store. */
  takenIn(transitions: number): void {
    this.transitions += transitions;
    this.#liveIndex = -1;
  }

  /** Makes room for so many more states; `false` = it would take too much memory, and nothing has changed. */
  reserve(states: number): boolean {
    const { store } = this;
    const needed = store.count + states;
    if (needed <= store.fullAt) return true;
    if (store.bytesToGrow(needed) > (this.options.maximumBytes ?? Infinity)) return false;
    try {
      store.grow(needed);
      return true;
    } catch (error) {
      if (error instanceof RangeError) return false;
      throw error;
    }
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
    if (!this.#watchesStates) return;
    const { store, codec } = this;
    this.checks.state(codec.unpack(store.arena, index * store.words), index, false);
    this.#liveIndex = -1;
  }

  /** A step did something else than before from the same state. */
  impure(index: number, move: number): void {
    this.#liveIndex = -1;
    const detail = "the step depends on more than the state, it did not do the same again";
    this.choices.rewind();
    this.#note("impure", this.moves.kind(move), detail, index, move);
  }

  #grow(): void {
    const needed = this.store.bytesToGrow() + (this.edges?.bytes ?? 0);
    if (needed > (this.options.maximumBytes ?? Infinity)) {
      this.stoppedBy = `the tables would need ${needed} bytes, allowed are ${this.options.maximumBytes}`;
      return;
    }
    try {
      this.store.grow();
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.stoppedBy = `no memory for tables of ${needed} bytes (${error.message})`;
    }
  }

  #checkStep(before: State, move: number, reply: Reply, after: State, index: number): void {
    const command = this.moves.command(move);
    const step =
      (command === undefined
        ? { before, move: this.moves.internalName(move)!, after }
        : { before, command, reply, after }) as Step<State, Command, Reply>;
    this.checks.step(step, index, () => ({ move, choices: this.choices.taken() }));
    this.#watchesSteps = this.checks.watchesSteps;
  }

  /** A state has no moves. */
  ended(index: number): void {
    const { machine } = this;
    const state = this.#stateAt(index);
    const frozen = state as DeepReadonly<State>;
    if (machine.done?.(frozen)) return;
    if (machine.done === undefined && machine.outcome !== undefined) this.checks.outcome(frozen);
    if (this.options.deadlock === false || this.observer !== undefined) return;
    this.notes.found({
      kind: "deadlock",
      property: "deadlock",
      detail: "no command or move is possible here",
      state: index,
    });
  }

  #isUntouched(state: State, index: number): boolean {
    const { store, codec } = this;
    if (!codec.pack(state, this.#scratch, 0)) return false;
    const at = index * store.words;
    for (let k = 0; k < codec.words; k++) if (this.#scratch[k] !== store.arena[at + k]) return false;
    return true;
  }

  #touched(state: State, index: number, move: number): void {
    const problem = this.codec.explain(state) ?? "some field has another value now";
    this.#note(
      "refusal",
      this.moves.kind(move),
      `refused, but the state was changed: ${problem}`,
      index,
      move,
    );
  }

  /** A step from a state led nowhere. */
  #lost(from: number): void {
    this.lost++;
    if (from >= 0) this.edges?.markIncomplete(from);
  }

  #outside(state: State, from: number, move: number): void {
    this.#lost(from);
    const property = from < 0 ? "initial" : this.moves.kind(move);
    this.#note("outside schema", property, this.codec.explain(state) ?? "outside its schema", from, move);
  }

  /** A step (or, from -1, a start) did not come to an end. */
  #failed(error: unknown, from: number, move: number): void {
    this.#lost(from);
    const property = from < 0 ? "initial" : this.moves.kind(move);
    if (error instanceof Cut) this.notes.cut(error.message);
    else if (error instanceof Hung) this.#note("hung", property, error.message, from, move);
    else this.#note("crashed", property, messageOf(error), from, move);
  }

  #objection({ property, detail, allowed }: Problem, state: number, move: number): void {
    const step = { move, choices: this.choices.taken() };
    this.notes.found({
      kind: "refines",
      property,
      detail,
      state,
      step,
      ...(allowed === undefined ? {} : { allowed }),
    });
  }

  #note(kind: ViolationKind, property: string, detail: string, state: number, move: number): void {
    if (this.notes.knows(kind, property)) return;
    this.notes.found({ kind, property, detail, state, step: { move, choices: this.choices.taken() } });
  }
}
