/**
 * Running the machine's own code: all moves of one state, one after the other, in all their alternatives.
 *
 * @module
 */
import type { AnyCommand, DeepReadonly, Step, World } from "../machine.ts";
import type { Arrivals } from "./arrivals.ts";
import type { Codec } from "./codec/codec.ts";
import type { IndependenceCheck } from "./reduction/independence_check.ts";
import type { Search } from "./search.ts";
import type { StepProblems } from "./step_problems.ts";

/** The first states, and every how many later ones, whose refused commands are checked to have left them alone. */
const untouchedChecked = { first: 128, every: 64 };

/** Under reduction: the first states, and every how many later ones, in which the declaration is checked. */
const declarationChecked = { first: 32, every: 1024 };

/** Runs steps for one search. */
export class StepRunner<State, Command extends AnyCommand, Reply, Start, View> {
  readonly #search: Search<State, Command, Reply, Start, View>;
  readonly #arrivals: Arrivals<State, Command, Reply, Start, View>;
  readonly #problems: StepProblems<State, Command, Reply, Start, View>;
  #before: Codec<State> | undefined;
  readonly #packed: Int32Array;
  /** Asked often. */
  #watchesSteps: boolean;
  #live: State | undefined;
  #liveIndex = -1;

  constructor(
    search: Search<State, Command, Reply, Start, View>,
    arrivals: Arrivals<State, Command, Reply, Start, View>,
    problems: StepProblems<State, Command, Reply, Start, View>,
  ) {
    this.#search = search;
    this.#arrivals = arrivals;
    this.#problems = problems;
    this.#packed = new Int32Array(search.codec.words);
    this.#watchesSteps = search.checks.watchesSteps;
  }

  /** Gives back what another search can use. */
  release(): void {
    this.#before?.release();
  }

  /** Makes all initial states. */
  starts(): void {
    const { machine, choices } = this.#search;
    for (let at = 0; at < machine.starts.length && this.#search.stoppedBy === undefined; at++) {
      choices.reset();
      do {
        choices.rewind();
        try {
          const state = machine.initial(machine.starts[at]!, choices as World<Reply>);
          this.#arrivals.take(state, undefined, at, -1);
        } catch (error) {
          this.#problems.failed(error, -1, at);
        }
      } while (choices.advance() && this.#search.stoppedBy === undefined);
    }
  }

  /** Runs all moves of a state, or those that are enough. */
  expand(index: number): void {
    const search = this.#search;
    search.edges?.begin();
    const enough = search.reduction?.enough(index);
    if (search.declaration !== undefined) this.#checkDeclaration(search.declaration, index);
    let moved = false;
    for (let move = 0; move < search.moves.count; move++) {
      if (enough !== undefined && enough[move] === 0) continue;
      if (this.move(index, move)) moved = true;
      if (search.stoppedBy !== undefined) return search.edges?.markIncomplete(index);
    }
    if (!moved) this.ended(index);
  }

  #checkDeclaration(declaration: IndependenceCheck<State, Command>, index: number): void {
    const { first, every } = declarationChecked;
    const { reduction, notes } = this.#search;
    if (reduction !== undefined && index >= first && index % every !== 0) return;
    const problem = declaration.problem(structuredClone(this.stateAt(index)));
    if (problem === undefined) return;
    const { property, detail, move, choices } = problem;
    notes.found({ kind: "independence", property, detail, state: index, step: { move, choices } });
  }

  /** The live state, which is that of `index` until a step has run on it. */
  stateAt(index: number): State {
    if (this.#liveIndex === index) return this.#live!;
    const { store, codec } = this.#search;
    this.#live = codec.unpack(store.arena, index * store.words);
    this.#liveIndex = index;
    return this.#live;
  }

  /** The live state is another one now. */
  forget(): void {
    this.#liveIndex = -1;
  }

  /** Runs one move in all its alternatives. @returns whether any was possible, or failed. */
  move(index: number, move: number): boolean {
    const search = this.#search;
    const { choices, store, observer } = search;
    const checksTouch = index < untouchedChecked.first || index % untouchedChecked.every === 0;
    let moved = false;
    choices.reset();
    do {
      choices.rewind();
      const state = this.stateAt(index);
      let reply: Reply | undefined;
      try {
        reply = this.#run(state, move);
      } catch (error) {
        this.#problems.failed(error, index, move);
        moved = true;
        this.#liveIndex = -1;
        continue;
      }
      if (reply === undefined) {
        if (choices.chosen) this.#liveIndex = -1;
        else if (checksTouch && !this.#isUntouched(state, index)) {
          this.#problems.touched(state, index, move);
          this.#liveIndex = -1;
        }
        continue;
      }
      moved = true;
      this.#liveIndex = -1;
      search.transitions++;
      search.taken[move]!++;
      if (this.#watchesSteps) {
        this.#checkStep(
          (this.#before ??= search.codec.another()).unpack(store.arena, index * store.words),
          move,
          reply,
          state,
          index,
        );
      }
      const isCommand = move < search.machine.commands.length;
      this.#arrivals.take(state, isCommand ? reply : undefined, move, index);
    } while (choices.advance() && search.stoppedBy === undefined);
    if (!moved && observer !== undefined) {
      const observed = store.arena[index * store.words + store.words - 1]!;
      const verdict = observer.refused(observed, move);
      if (verdict === -1) this.#problems.objection(observer.problem, index, move);
      else if (verdict < 0) search.notes.cut(observer.cut);
    }
    return moved;
  }

  /** What a move answers: a command's reply, or an internal move's note in its place. */
  #run(state: State, move: number): Reply | undefined {
    const { machine, moves, choices } = this.#search;
    const { commands } = machine;
    if (move < commands.length) return machine.step(state, commands[move]!, choices as World<Reply>);
    const note = machine.internal![moves.internal[move - commands.length]!]!.move(state, choices);
    return note as unknown as Reply | undefined;
  }

  #checkStep(before: State, move: number, reply: Reply, after: State, index: number): void {
    const { moves, checks, choices } = this.#search;
    const command = moves.command(move);
    const step =
      (command === undefined
        ? { before, move: moves.internalName(move)!, after }
        : { before, command, reply, after }) as Step<State, Command, Reply>;
    checks.step(step, index, () => ({ move, choices: choices.taken() }));
    this.#watchesSteps = checks.watchesSteps;
  }

  /** A state has no moves. */
  ended(index: number): void {
    const { machine, checks, options, observer, notes } = this.#search;
    const state = this.stateAt(index) as DeepReadonly<State>;
    if (checks.isDone(state, index)) return;
    if (machine.done === undefined && machine.outcome !== undefined) checks.outcome(state, index);
    if (options.deadlock === false || observer !== undefined) return;
    const detail = "no command or move is possible here";
    notes.found({ kind: "deadlock", property: "deadlock", detail, state: index });
  }

  #isUntouched(state: State, index: number): boolean {
    const { store, codec } = this.#search;
    if (!codec.pack(state, this.#packed, 0)) return false;
    const at = index * store.words;
    for (let k = 0; k < codec.words; k++) if (this.#packed[k] !== store.arena[at + k]) return false;
    return true;
  }
}
