/**
 * One case, driven side by side: the machines and a fresh subject, until they disagree.
 *
 * @module
 */
import type {
  AnyCommand,
  AnyMachine,
  AnyTarget,
  DeepReadonly,
  Invariants,
  Step,
  Subject,
} from "../machine.ts";
import type { AnyWalk } from "../walk.ts";
import { Believed, type BelievedLimits, type Hearing, NotSynchronous } from "./believed.ts";
import { BudgetExceeded, StepBudget } from "./budget.ts";
import { copy } from "./plain.ts";
import type { Answered, Heard, Verdict } from "./verdict.ts";

/** Where the commands of a run come from. */
export interface CommandSource {
  /**
   * The next command to try in `state`, the first believed state of the walked machine; `undefined` ends the case.
   * What it is shown is live: nothing of it may be changed, and what is kept must be copied.
   */
  next(state: unknown, executed: number, soFar: RunSoFar): AnyCommand | undefined;
  /** The last command was not possible. */
  refused?(): void;
}

/** A run under way, as the source of its commands sees it. */
export interface RunSoFar {
  /** What the walked machine believes, then the other machines. */
  readonly judges: readonly {
    readonly machine: AnyMachine;
    readonly states: readonly unknown[];
    allowed(command: AnyCommand): readonly unknown[];
  }[];
  /** What was heard for each command that was executed. */
  readonly heard: readonly Heard<unknown>[];
}

/** The two sides of a run, and how it is watched. */
export interface Sides {
  /** Says what is possible, and judges. */
  readonly walked: AnyMachine;
  /** Judge as well: the specification beside the mechanism. */
  readonly also: readonly AnyMachine[];
  /** Opened afresh for every case, one subject at a time. */
  readonly target: AnyTarget;
  /** For the walked machine. */
  readonly walk: AnyWalk;
  /** Past them the verdict is "broken machine" or "hung", never an endless run. */
  readonly limits: BelievedLimits;
  /** Whether promises over states and steps are checked along the way. */
  readonly invariants: boolean;
}

/** One executed command with what was heard: what a report tells. */
export interface RunStep {
  /** As it was given to the subject. */
  readonly command: AnyCommand;
  /** From the subject, whether allowed or not. */
  readonly heard: Heard<unknown>;
  /** What the subject showed afterwards; absent when it has no view or did not reply. */
  readonly view?: unknown;
  /** The walked machine's state before the command. */
  readonly before: unknown;
  /** The walked machine's state after the command, when the answer was allowed. */
  readonly after?: unknown;
  /** The answers, or views, that would have been allowed; absent unless the step diverged. */
  readonly allowed?: readonly unknown[];
  /** Whether it came after the commands of the case, from {@link Walk.epilogue}. */
  readonly epilogue: boolean;
}

/** What a run was. */
export interface Run {
  /** Indices in it count performed commands from 0. */
  readonly verdict: Verdict<unknown, unknown>;
  /** The commands that were possible and performed, the epilogue left out. */
  readonly executed: readonly AnyCommand[];
  /** What was heard for each of them. */
  readonly heard: readonly Heard<unknown>[];
  /** The same with what was seen, then that of the epilogue. */
  readonly answers: readonly Answered[];
  /** Commands performed in all, the epilogue included. */
  readonly performed: number;
  /** Commands that were not possible, and were not performed. */
  readonly refused: number;
  /** Names of {@link Walk.labels} that were reached at least once. */
  readonly labels: ReadonlySet<string>;
  /** One for each performed command; empty unless the run was recorded. */
  readonly steps: readonly RunStep[];
}

interface Promised {
  readonly name: string;
  holds(subject: unknown): boolean;
}

function promises(invariants: Invariants<never> | undefined): readonly Promised[] {
  return Object.entries(invariants ?? {}).map(([name, promise]) => ({
    name,
    holds: typeof promise === "function"
      ? promise as (subject: unknown) => boolean
      : (subject) => !promise.when(subject as never) || promise.then(subject as never),
  }));
}

class Listener implements Hearing<unknown, unknown> {
  readonly #subject: Subject<AnyCommand, unknown, unknown>;
  readonly #budget: StepBudget;
  readonly hasView: boolean;
  #command: AnyCommand | undefined;
  #heard: Heard<unknown> | undefined;
  #view: unknown;
  #viewed = false;

  constructor(subject: Subject<AnyCommand, unknown, unknown>, maximumTicks: number) {
    this.#subject = subject;
    this.#budget = new StepBudget(maximumTicks);
    this.hasView = subject.view !== undefined;
  }

  begin(command: AnyCommand): void {
    this.#command = command;
    this.#heard = undefined;
    this.#viewed = false;
  }

  /** What was heard for the command, and seen where somebody looked. */
  answered(): Answered {
    return this.#viewed ? { heard: this.heard(), view: this.#view } : { heard: this.heard() };
  }

  get performed(): boolean {
    return this.#heard !== undefined;
  }

  heard(): Heard<unknown> {
    if (this.#heard === undefined) {
      this.#budget.refill();
      let answer: unknown;
      try {
        answer = this.#subject.perform(this.#command!, this.#budget);
      } catch (error) {
        return this.#heard = Listener.failed(error);
      }
      if (answer instanceof Promise) {
        answer.catch(() => {});
        throw new NotSynchronous("the subject answers with promises");
      }
      this.#heard = { kind: "replied", reply: answer };
    }
    return this.#heard;
  }

  /** Asks and waits, for subjects that answer with promises. */
  async hear(): Promise<void> {
    this.#budget.refill();
    try {
      this.#heard = { kind: "replied", reply: await this.#subject.perform(this.#command!, this.#budget) };
    } catch (error) {
      this.#heard = Listener.failed(error);
    }
  }

  view(): unknown {
    if (!this.#viewed) {
      this.#viewed = true;
      try {
        this.#view = this.#subject.view?.();
      } catch (error) {
        this.#view = undefined;
        this.#heard = Listener.failed(error);
      }
    }
    return this.#view;
  }

  static failed(error: unknown): Heard<unknown> {
    if (error instanceof BudgetExceeded) return { kind: "hung" };
    return {
      kind: "crashed",
      error: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    };
  }
}

/** The course of one case; a class so that the synchronous and the waiting loop share everything but the wait. */
class Course {
  readonly sides: Sides;
  readonly listener: Listener;
  readonly judges: readonly Believed<unknown, AnyCommand, unknown, unknown, unknown>[];
  readonly executed: AnyCommand[] = [];
  readonly heard: Heard<unknown>[] = [];
  readonly answers: Answered[] = [];
  readonly labels = new Set<string>();
  readonly steps: RunStep[] = [];
  readonly record: boolean;
  refused = 0;
  performed = 0;
  readonly #always: readonly (readonly Promised[])[];
  readonly #everyStep: readonly (readonly Promised[])[];
  #openLabels: [string, (step: { command: never; reply: never; after: never }) => boolean][];

  constructor(sides: Sides, start: unknown, subject: Subject<AnyCommand, unknown, unknown>, record: boolean) {
    this.sides = sides;
    this.record = record;
    this.listener = new Listener(subject, sides.limits.maximumTicks);
    const machines: readonly AnyMachine[] = [sides.walked, ...sides.also];
    this.judges = machines.map((machine) => new Believed(machine, start, sides.limits));
    this.#always = machines.map((machine) => sides.invariants ? promises(machine.always) : []);
    this.#everyStep = machines.map((machine) => sides.invariants ? promises(machine.everyStep) : []);
    this.#openLabels = Object.entries(sides.walk.labels);
  }

  /** Puts one command to all judges; `undefined` = agreed, "impossible" = not performed. */
  judge(command: AnyCommand, epilogue: boolean): Verdict<unknown, unknown> | "impossible" | undefined {
    const at = this.performed;
    const before = this.record ? copy(this.judges[0]!.states[0]) : undefined;
    let verdict: Verdict<unknown, unknown> | undefined;
    for (let index = 0; index < this.judges.length && verdict === undefined; index++) {
      const outcome = this.#judgeOne(index, command, at);
      if (outcome === "impossible") {
        if (index === 0) return "impossible";
        verdict = {
          kind: "broken machine",
          at,
          machine: this.judges[index]!.machine.name,
          reason: `${command.kind} is possible for ${this.sides.walked.name} and not here`,
        };
      } else verdict = outcome;
    }
    this.#note(command, epilogue, before, verdict);
    return verdict;
  }

  #judgeOne(
    index: number,
    command: AnyCommand,
    at: number,
  ): Verdict<unknown, unknown> | "impossible" | undefined {
    const judge = this.judges[index]!;
    const machine = judge.machine.name;
    const stepPromises = this.#everyStep[index]!;
    const before = stepPromises.length > 0 && judge.states.length === 1 ? copy(judge.states[0]) : undefined;
    const outcome = judge.step(command, this.listener);
    switch (outcome.kind) {
      case "impossible":
        return "impossible";
      case "broken machine":
        return { kind: "broken machine", at, machine, reason: outcome.reason };
      case "diverged": {
        const heard = this.listener.heard();
        if (heard.kind === "hung") return { kind: "hung", at };
        if (heard.kind === "crashed") return { kind: "crashed", at, error: heard.error };
        return { kind: "diverged", at, machine, heard: heard.reply, allowed: outcome.allowed };
      }
      case "diverged view": {
        const heard = this.listener.heard();
        return {
          kind: "diverged view",
          at,
          machine,
          heard: heard.kind === "replied" ? heard.reply : null,
          seen: this.listener.view(),
          allowed: outcome.allowed,
        };
      }
      case "agreed":
        return this.#broken(index, command, before, at);
    }
  }

  #broken(
    index: number,
    command: AnyCommand,
    before: unknown,
    at: number,
  ): Verdict<unknown, unknown> | undefined {
    const judge = this.judges[index]!;
    const machine = judge.machine.name;
    for (const promise of this.#always[index]!) {
      if (judge.states.every((state) => !promise.holds(state))) {
        return { kind: "violated", at, machine, property: promise.name };
      }
    }
    if (before === undefined || judge.states.length > 1) return undefined;
    const heard = this.listener.heard();
    const reply = heard.kind === "replied" ? heard.reply : undefined;
    const step: Step<unknown, AnyCommand, unknown> = { before, command, reply, after: judge.states[0] };
    for (const promise of this.#everyStep[index]!) {
      if (!promise.holds(step)) return { kind: "violated", at, machine, property: promise.name };
    }
    return undefined;
  }

  #note(
    command: AnyCommand,
    epilogue: boolean,
    before: unknown,
    verdict: Verdict<unknown, unknown> | undefined,
  ): void {
    const heard = this.listener.heard();
    this.performed++;
    this.answers.push(this.listener.answered());
    if (!epilogue) {
      this.executed.push(command);
      this.heard.push(heard);
    }
    const after = this.judges[0]!.states[0];
    if (heard.kind === "replied" && this.#openLabels.length > 0 && verdict === undefined) {
      const step = { command, reply: heard.reply, after } as { command: never; reply: never; after: never };
      let hit = false;
      for (const [name, reached] of this.#openLabels) {
        if (reached(step)) {
          this.labels.add(name);
          hit = true;
        }
      }
      if (hit) this.#openLabels = this.#openLabels.filter(([name]) => !this.labels.has(name));
    }
    if (!this.record) return;
    const allowed = verdict !== undefined && "allowed" in verdict ? verdict.allowed : undefined;
    const agreed = verdict === undefined || verdict.kind === "violated";
    this.steps.push({
      command,
      heard,
      before,
      epilogue,
      ...(this.listener.hasView && heard.kind === "replied" ? { view: copy(this.listener.view()) } : {}),
      ...(agreed ? { after: copy(after) } : {}),
      ...(allowed === undefined ? {} : { allowed }),
    });
  }

  finish(verdict: Verdict<unknown, unknown>): Run {
    const { executed, heard, answers, performed, refused, labels, steps } = this;
    return { verdict, executed, heard, answers, performed, refused, labels, steps };
  }

  epilogue(): readonly AnyCommand[] {
    return this.sides.walk.epilogue?.(this.judges[0]!.states[0] as DeepReadonly<unknown>) ?? [];
  }
}

/**
 * Runs one case on a fresh subject, which is disposed whatever happens.
 *
 * Returns a promise only when the subject answers with promises. With `record`, the steps are kept for a report.
 */
export function runCase(
  sides: Sides,
  start: unknown,
  commands: () => CommandSource,
  record = false,
): Run | Promise<Run> {
  if (sides.target.asynchronous) return runWaiting(sides, start, commands(), record);
  const subject = sides.target.open(start) as Subject<AnyCommand, unknown, unknown>;
  try {
    const course = new Course(sides, start, subject, record);
    const source = commands();
    const put = (command: AnyCommand, epilogue: boolean): ReturnType<Course["judge"]> => {
      course.listener.begin(command);
      return course.judge(command, epilogue);
    };
    for (;;) {
      const command = source.next(course.judges[0]!.states[0], course.executed.length, course);
      if (command === undefined) break;
      const verdict = put(command, false);
      if (verdict === "impossible") {
        course.refused++;
        source.refused?.();
      } else if (verdict !== undefined) return course.finish(verdict);
    }
    for (const command of course.epilogue()) {
      const verdict = put(command, true);
      if (verdict !== undefined && verdict !== "impossible") return course.finish(verdict);
    }
    return course.finish({ kind: "agreed" });
  } catch (error) {
    if (!(error instanceof NotSynchronous)) throw error;
  } finally {
    subject[Symbol.dispose]();
  }
  // The first answer was a promise. That subject has been disturbed: it is given up, and a fresh one is waited for.
  return runWaiting(sides, start, commands(), record);
}

async function runWaiting(
  sides: Sides,
  start: unknown,
  source: CommandSource,
  record: boolean,
): Promise<Run> {
  using subject = sides.target.open(start) as Subject<AnyCommand, unknown, unknown>;
  const course = new Course(sides, start, subject, record);
  const put = async (
    command: AnyCommand,
    epilogue: boolean,
  ): Promise<Verdict<unknown, unknown> | "impossible" | undefined> => {
    if (!course.judges[0]!.isPossible(command)) return "impossible";
    course.listener.begin(command);
    await course.listener.hear();
    return course.judge(command, epilogue);
  };
  for (;;) {
    const command = source.next(course.judges[0]!.states[0], course.executed.length, course);
    if (command === undefined) break;
    const verdict = await put(command, false);
    if (verdict === "impossible") {
      course.refused++;
      source.refused?.();
    } else if (verdict !== undefined) return course.finish(verdict);
  }
  for (const command of course.epilogue()) {
    const verdict = await put(command, true);
    if (verdict !== undefined && verdict !== "impossible") return course.finish(verdict);
  }
  return course.finish({ kind: "agreed" });
}

/** A source that gives the commands of a list; those that are not possible are left out. */
export function listed(commands: readonly AnyCommand[]): CommandSource {
  let index = 0;
  return { next: () => commands[index++] };
}
