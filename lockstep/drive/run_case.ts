/**
 * One case, driven side by side: the machines and a fresh subject, until they disagree.
 *
 * @module
 */
import type { AnyCommand, AnyMachine, AnyTarget, CommandLiteral, Subject } from "../machine.ts";
import type { AnyWalk } from "../walk.ts";
import { type BelievedLimits, NotSynchronous } from "./believed.ts";
import { Course, type Judged } from "./course.ts";
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

/** Disposes of a subject. An error of that is thrown where all was well, and never hides what went wrong before it. */
function disposeOf(subject: Disposable, run: Run | undefined): void {
  try {
    subject[Symbol.dispose]();
  } catch (error) {
    if (run?.verdict.kind === "agreed") throw error;
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
  if (sides.target.asynchronous) return runWaiting(sides, start, commands, record);
  const subject = sides.target.open(start) as Subject<AnyCommand, unknown, unknown>;
  let run: Run | undefined;
  try {
    return run = takeAtOnce(new Course(sides, start, subject, record), commands());
  } catch (error) {
    if (!(error instanceof NotSynchronous)) throw error;
  } finally {
    disposeOf(subject, run);
  }
  // The first answer was a promise. That subject has been disturbed: it is given up, and a fresh one is waited for.
  return runWaiting(sides, start, commands, record);
}

function takeAtOnce(course: Course, source: CommandSource): Run {
  const put = (command: AnyCommand, epilogue: boolean): Judged => {
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
    if (verdict === "impossible") course.checkEpilogue(command);
    else if (verdict !== undefined) return course.finish(verdict);
  }
  return course.finish(undefined);
}

async function runWaiting(
  sides: Sides,
  start: unknown,
  commands: () => CommandSource,
  record: boolean,
): Promise<Run> {
  const subject = sides.target.open(start) as Subject<AnyCommand, unknown, unknown>;
  let run: Run | undefined;
  try {
    return run = await takeWaiting(new Course(sides, start, subject, record), commands());
  } finally {
    disposeOf(subject, run);
  }
}

async function takeWaiting(course: Course, source: CommandSource): Promise<Run> {
  const put = async (command: AnyCommand, epilogue: boolean): Promise<Judged> => {
    if (!course.judges[0]!.mayHear(command)) return "impossible";
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
    if (verdict === "impossible") course.checkEpilogue(command);
    else if (verdict !== undefined) return course.finish(verdict);
  }
  return course.finish(undefined);
}

/** What an exception of {@link runCase} means: no side has been judged. */
export function cannotRun({ walked, target }: Sides, error: unknown): string {
  return `Cannot run a case of ${walked.name} on ${target.name}: ${
    error instanceof Error ? error.message : String(error)
  }`;
}

/** A source that gives the commands of a list; those that are not possible are left out. */
export function listed(commands: readonly CommandLiteral[]): CommandSource {
  let index = 0;
  return { next: () => commands[index++] };
}
