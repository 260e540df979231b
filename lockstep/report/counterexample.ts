/**
 * A counterexample as data: everything that is needed to explain a failure and to replay it. Renderers are pure
 * functions of it.
 *
 * @module
 */
import type { AnyCommand, AnyMachine, DeepReadonly } from "../machine.ts";
import type { CaseFile } from "../drive/case_file.ts";
import type { Run } from "../drive/run_case.ts";
import type { Verdict } from "../drive/verdict.ts";
import { phrase } from "./phrase.ts";

/** One row of the table of steps. */
export interface CounterexampleStep {
  readonly actor: string;
  readonly command: AnyCommand;
  /** What the real side answered, as a phrase. */
  readonly answer: string;
  /** What the machine allows; only where the two sides part. */
  readonly allowed?: readonly string[];
  /** The machine's state after the step, where the answer was allowed. */
  readonly state?: string;
  /** Whether the step belongs to the epilogue that makes hidden effects visible. */
  readonly epilogue: boolean;
  /** Whether this is where the two sides part. */
  readonly parted: boolean;
}

/** A failure, explained. */
export interface Counterexample {
  /** What happened, in one sentence. */
  readonly headline: string;
  readonly target: string;
  readonly case: CaseFile;
  readonly verdict: Verdict<unknown, unknown>;
  readonly steps: readonly CounterexampleStep[];
  /** The command line that replays it, once the case is written to a file. */
  readonly replay?: string;
  /** What is known about minimality, for example "1-minimal". */
  readonly minimality?: string;
  readonly confirmed?: { readonly failed: number; readonly runs: number };
}

function heardPhrase(step: Run["steps"][number]): string {
  switch (step.heard.kind) {
    case "replied":
      return phrase(step.heard.reply);
    case "hung":
      return "no answer: hung";
    case "crashed":
      return `no answer: ${phrase(step.heard.error)}`;
  }
}

function ordinal(number: number): string {
  const last = number % 10;
  const suffix = number % 100 >= 11 && number % 100 <= 13 ? "th" : ["th", "st", "nd", "rd"][last] ?? "th";
  return `${number}${suffix}`;
}

/** What a verdict means, in one sentence. */
export function headline(
  verdict: Verdict<unknown, unknown>,
  command: AnyCommand | undefined,
  target: string,
): string {
  if (verdict.kind === "agreed") return `${target} agrees with the machine`;
  const what = `${command === undefined ? "a command" : phrase(command)} (the ${
    ordinal(verdict.at + 1)
  } command)`;
  switch (verdict.kind) {
    case "diverged": {
      const allowed = verdict.allowed.map(phrase).join(" or ");
      const must = allowed === "" ? "nothing is allowed" : `only ${allowed} is allowed`;
      return `${target} answered ${what} with ${phrase(verdict.heard)}; ${must} by ${verdict.machine}`;
    }
    case "diverged view":
      return `after ${what}, ${target} shows ${phrase(verdict.seen)}; ${verdict.machine} says ${
        verdict.allowed.map(phrase).join(" or ")
      }`;
    case "violated":
      return `after ${what}, ${verdict.machine} no longer keeps its promise: ${verdict.property}`;
    case "hung":
      return `${target} never answered ${what}`;
    case "crashed":
      return `${target} failed at ${what}: ${phrase(verdict.error)}`;
    case "broken machine":
      return `the machine ${verdict.machine} is at fault at ${what}: ${verdict.reason}`;
  }
}

/** Builds the explanation of a recorded run. */
export function counterexample(
  machine: AnyMachine,
  run: Run,
  file: CaseFile,
  target: string,
  extra: Pick<Counterexample, "replay" | "minimality" | "confirmed"> = {},
): Counterexample {
  const { verdict } = run;
  const at = verdict.kind === "agreed" ? -1 : verdict.at;
  const show = (state: unknown): string => machine.show?.(state as DeepReadonly<unknown>) ?? phrase(state);
  const steps = run.steps.map((step, index): CounterexampleStep => {
    const allowed = index === at && verdict.kind === "diverged"
      ? verdict.allowed.map(phrase)
      : index === at && verdict.kind === "diverged view"
      ? verdict.allowed.map((view) => `view ${phrase(view)}`)
      : undefined;
    const answer = heardPhrase(step);
    return {
      actor: machine.actor(step.command),
      command: step.command,
      answer: index === at && verdict.kind === "diverged view"
        ? `${answer}, view ${phrase(verdict.seen)}`
        : answer,
      ...(allowed === undefined ? {} : { allowed }),
      ...(step.after === undefined ? {} : { state: show(step.after) }),
      epilogue: step.epilogue,
      parted: index === at,
    };
  });
  return {
    headline: headline(verdict, run.steps[at]?.command, target),
    target,
    case: file,
    verdict,
    steps,
    ...extra,
  };
}
