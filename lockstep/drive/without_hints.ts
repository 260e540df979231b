/**
 * A divergence that was found by listening to hints, judged once more without them: a hint that names one of several
 * alternatives makes the machine believe too little, and an innocent subject would be blamed.
 *
 * @module
 */
import type { AnyCommand, Subject } from "../machine.ts";
import { Course, type Judged } from "./course.ts";
import { playback } from "./playback.ts";
import type { Run, Sides } from "./run_case.ts";
import type { Answered, Failure } from "./verdict.ts";

/**
 * The same run, with the machine blamed if some alternatives of its choices explain all that was heard. Where there
 * are too many of them to tell, nothing is changed.
 *
 * @param run A run that was recorded.
 */
export function withoutHints(sides: Sides, start: unknown, run: Run): Run {
  const { verdict } = run;
  if (verdict.kind !== "diverged" && verdict.kind !== "diverged view" && verdict.kind !== "violated") {
    return run;
  }
  const answers = run.steps.map(({ heard, ...step }): Answered =>
    "view" in step ? { heard, view: step.view } : { heard }
  );
  using subject = playback(sides.target.name, answers).open(start) as Subject<AnyCommand, unknown, unknown>;
  const course = new Course({ ...sides, limits: { ...sides.limits, deaf: true } }, start, subject, false);
  const judge = course.judges.findIndex(({ machine }) => machine.name === verdict.machine);
  let suspect: string | undefined;
  for (const [at, { command }] of run.steps.entries()) {
    course.listener.begin(command);
    const judged: Judged = course.judge(command, false);
    if (judged !== undefined) return run;
    if (course.judges[judge]!.states.length > 1) suspect ??= `${command.kind} (command ${at + 1})`;
  }
  if (suspect === undefined) return run;
  const { at, machine } = verdict;
  const reason = `what was heard is explained if ${suspect} chose otherwise than its hint says: ` +
    "where several alternatives explain an answer, a hint must have no opinion";
  return {
    ...run,
    verdict: { kind: "broken machine", at, machine, reason } satisfies Failure<unknown, unknown>,
  };
}
