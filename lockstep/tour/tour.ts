/**
 * The tour: every command in every state of a small scope, carried out by the real implementation.
 *
 * The graph of the walked machine is the map. Where a command says which state comes next, the whole tour is planned
 * beforehand, in the fewest commands; elsewhere it goes to the nearest pair that is left, and where the real side takes
 * another branch it goes on from there. Coverage is the stopping rule. A fresh subject brings the two sides together again, or `settle` where there is one.
 *
 * @module
 */
import { counted } from "../counted.ts";
import type { AnyCommand } from "../machine.ts";
import { type Finding, shrinkFailure } from "../drive/lockstep.ts";
import {
  cannotRun,
  type CommandSource,
  type Run,
  runCase,
  type RunSoFar,
  type Sides,
} from "../drive/run_case.ts";
import { TourGraph } from "./graph.ts";
import { type PlannedStep, Planner } from "./plan.ts";
import { isDeterministic, Route } from "./route.ts";
import { AnswerLedger, type UnseenAnswers } from "./unseen.ts";

/** How much to tour. */
export interface TourOptions {
  /** Past so many states of the walked machine, only the ones nearest to the starts are toured; 200,000 if absent. */
  readonly maximumStates?: number;
  /** Time for everything but shrinking, in milliseconds; 60,000 if absent. */
  readonly maximumMs?: number;
  /** Commands of one case before a fresh subject is opened; 400 if absent. */
  readonly commandsPerCase?: number;
  /** Most cases run to shrink a failure. */
  readonly shrinkRuns?: number;
  /** Answers that the target says it never gives: left out of `unseenAnswers`. */
  readonly isNeverGiven?: (command: AnyCommand, reply: unknown) => boolean;
  /** The tour ends soon after `aborted` becomes true; what was covered stays. */
  readonly signal?: { readonly aborted: boolean };
  /** Told a few times per second how far the tour is. */
  readonly onProgress?: (progress: { readonly covered: number; readonly total: number }) => void;
}

/** What a tour did. */
export interface TourResult {
  /** Name of the machine whose states and commands are covered. */
  readonly machine: string;
  /** Name of the target. */
  readonly target: string;
  /** Pairs of a state and a command that the real side carried out. */
  readonly covered: number;
  /** Pairs of a state and a command that are possible, in the states that are toured. */
  readonly total: number;
  /** States that are toured. */
  readonly states: number;
  /** Whether these are all states of the scope. */
  readonly complete: boolean;
  /**
   * Pairs in states that the tour never knew to be in: the real side did not take the branch that leads there, or no
   * answer told which one it took. Where several states are believed, a tour does `settle` or begins again.
   */
  readonly unreached: number;
  /** Cases that were opened, each on a fresh subject. */
  readonly cases: number;
  /** Commands that were performed, the epilogues left out. */
  readonly commands: number;
  /**
   * Commands without which no tour covers `total`, however it goes, with cases as long as they like. Absent where
   * a command may lead to several states, and where the time did not suffice to know.
   */
  readonly fewestCommands?: number;
  /**
   * Answers that a machine allows and the real side withheld; empty when the model is as tight as it can be, as far as
   * the tour came (see `unreached`).
   */
  readonly unseenAnswers: readonly UnseenAnswers[];
  /** Why a case could not be run at all, in one sentence; it ends the tour, and nothing is agreed. */
  readonly problems: readonly string[];
  /** The first failure, shrunk; it ends the tour. Absent when the sides agree. */
  readonly finding?: Finding;
  /** Why the tour ended before everything was covered. */
  readonly stoppedBy?: string;
}

/** So many cases in a row without anything new end a tour: the real side leads it elsewhere again and again. */
const mostBarrenCases = 200;

class Tourist {
  readonly planner: Planner;
  readonly ledger: AnswerLedger = new AnswerLedger();
  readonly #sides: Sides;
  readonly #commandsPerCase: number;
  readonly #over: () => boolean;
  /** The next step last. */
  #plan: PlannedStep[] = [];
  #isRoute = false;
  #last: PlannedStep | undefined;
  #settled = false;
  /** What was covered by the command under way, which nobody has judged yet. */
  #unjudged: { readonly state: number; readonly pair: number } | undefined;
  /** Place of the command that the ledger was asked about; nothing is heard there of one that was not judged. */
  #asked = 0;

  constructor(sides: Sides, planner: Planner, commandsPerCase: number, over: () => boolean) {
    this.#sides = sides;
    this.planner = planner;
    this.#commandsPerCase = commandsPerCase;
    this.#over = over;
  }

  /** The commands of one case: `steps`, then more as they are found on the way, unless the route holds them. */
  source(steps: readonly PlannedStep[], isRoute: boolean): CommandSource {
    // A case begins again where a subject was given up: its last command was never judged.
    this.givenUp();
    this.#plan = steps.toReversed();
    this.#isRoute = isRoute;
    this.#last = undefined;
    this.#settled = false;
    return {
      next: (state, executed, soFar) => this.#next(state, executed, soFar),
      refused: () => this.#plan = [],
    };
  }

  /** The command under way is not carried out after all. */
  givenUp(): void {
    if (this.#unjudged !== undefined) this.planner.uncover(this.#unjudged.state, this.#unjudged.pair);
    this.#unjudged = undefined;
  }

  /** What was heard last, after a case has ended. */
  ended(run: Run): void {
    this.#unjudged = undefined;
    this.ledger.hear(run.heard[this.#asked]);
  }

  #next(state: unknown, executed: number, soFar: RunSoFar): AnyCommand | undefined {
    const { planner } = this;
    this.#unjudged = undefined;
    this.ledger.hear(soFar.heard[this.#asked]);
    if (soFar.judges[0]!.states.length > 1) return this.#settle();
    this.#settled = false;
    const here = planner.graph.find(state);
    if (this.#last !== undefined) {
      planner.arrived(this.#last.pair, this.#last.edge, here);
      const { edge } = this.#last;
      if (this.#plan.length > 0 && (edge >= planner.graph.edges || planner.graph.target(edge) !== here)) {
        this.#plan = [];
      }
    }
    this.#last = undefined;
    if (here < 0 || here >= planner.graph.expanded || this.#over()) return undefined;
    const step = this.#stepFrom(here, executed);
    if (step === undefined) return undefined;
    this.#last = step;
    const command = planner.graph.command(step.pair);
    if (planner.cover(here, step.pair)) {
      this.#unjudged = { state: here, pair: step.pair };
      this.#asked = executed;
      this.ledger.ask(soFar.judges, command);
    }
    return command;
  }

  #stepFrom(here: number, executed: number): PlannedStep | undefined {
    if (this.#plan.length > 0) return this.#plan.pop();
    if (this.#isRoute) return undefined;
    const left = this.planner.pairLeft(here);
    if (left !== undefined) return left;
    const fresh = this.planner.freshDistance();
    if (fresh === undefined || executed >= this.#commandsPerCase) return undefined;
    const way = this.planner.near(here, fresh + 1);
    if (way === undefined) return undefined;
    this.#plan = way.steps.toReversed();
    return this.#plan.pop();
  }

  /** Several states are believed: nothing is owed any more after `settle`, so that only one is left. */
  #settle(): AnyCommand | undefined {
    if (this.#last !== undefined) this.planner.arrived(this.#last.pair, this.#last.edge, -1);
    this.#plan = [];
    this.#last = undefined;
    if (this.#settled) return undefined;
    this.#settled = true;
    return this.#sides.walked.settle as AnyCommand | undefined;
  }
}

function checkOptions(options: TourOptions): void {
  for (const name of ["maximumStates", "maximumMs", "commandsPerCase", "shrinkRuns"] as const) {
    const value = options[name];
    if (value !== undefined && !(value >= 1)) {
      throw new RangeError(`Cannot tour: ${name} is ${value}, must be at least 1`);
    }
  }
}

/**
 * Tours the walked machine of `sides` on its target, until every pair of a state and a command has been carried out
 * or the two sides disagree; then the case is shrunk.
 *
 * @throws {RangeError} when an option is out of range, a state is outside its schema, or moves are not commanded.
 * @throws {TypeError} when the states of the machine can not be packed.
 */
export async function tour(sides: Sides, options: TourOptions = {}): Promise<TourResult> {
  checkOptions(options);
  const until = performance.now() + (options.maximumMs ?? 60_000);
  const graph = new TourGraph(sides.walked, {
    maximumStates: options.maximumStates ?? 200_000,
    maximumTicks: sides.limits.maximumTicks,
    until: until - (options.maximumMs ?? 60_000) / 2,
  });
  const planner = new Planner(graph);
  const commandsPerCase = options.commandsPerCase ?? 400;
  const route = isDeterministic(graph)
    ? new Route(graph, performance.now() + (until - performance.now()) / 4)
    : undefined;
  const planned = route?.ways(commandsPerCase);
  let stoppedBy = graph.stoppedBy;
  let reported = performance.now();
  const over = (): boolean => {
    const now = performance.now();
    if (now - reported > 250) {
      reported = now;
      options.onProgress?.({ covered: planner.covered, total: graph.pairs });
    }
    if (options.signal?.aborted === true) stoppedBy = "stopped on request";
    else if (now > until) stoppedBy = `the time is over: ${options.maximumMs ?? 60_000} ms`;
    else return false;
    return true;
  };
  const tourist = new Tourist(sides, planner, commandsPerCase, over);
  let cases = 0;
  let commands = 0;
  let finding: Finding | undefined;
  let barren = 0;
  const problems: string[] = [];
  while (finding === undefined && !over()) {
    const routed = planned?.next().value ?? undefined;
    const way = routed ?? planner.fresh();
    if (way === undefined) break;
    const { start } = graph.initial.find(({ state }) => state === way.from)!;
    const before = planner.covered;
    let run: Run;
    try {
      run = await runCase(sides, start, () => tourist.source(way.steps, routed !== undefined));
    } catch (error) {
      tourist.givenUp();
      problems.push(cannotRun(sides, error));
      break;
    }
    tourist.ended(run);
    cases++;
    commands += run.executed.length;
    if (run.verdict.kind !== "agreed") {
      finding = await shrinkFailure(sides, start, run, options);
    } else if (planner.covered > before) barren = 0;
    else if (++barren === mostBarrenCases) {
      stoppedBy ??= `${counted(barren, "case")} in a row reached nothing new, the last from start ${
        JSON.stringify(start)
      }`;
      break;
    }
  }
  if (finding !== undefined) stoppedBy = `the two sides disagree after ${counted(commands, "command")}`;
  const unreached = stoppedBy === undefined && problems.length === 0 ? graph.pairs - planner.covered : 0;
  return {
    machine: sides.walked.name,
    target: sides.target.name,
    covered: planner.covered,
    total: graph.pairs,
    states: graph.expanded,
    complete: graph.stoppedBy === undefined,
    unreached,
    cases,
    commands,
    ...(route?.fewest === true ? { fewestCommands: route.commands } : {}),
    problems,
    unseenAnswers: tourist.ledger.unseen(options.isNeverGiven),
    ...(finding === undefined ? {} : { finding }),
    ...(stoppedBy === undefined ? {} : { stoppedBy }),
  };
}
