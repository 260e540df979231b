/**
 * From what an engine has found to a {@link Counterexample}.
 *
 * @module
 */
import type { CaseFile } from "../drive/case_file.ts";
import type { Run } from "../drive/run_case.ts";
import type { Verdict } from "../drive/verdict.ts";
import type { Violation } from "../explore/exploration.ts";
import type { AnyCommand, AnyMachine, DeepReadonly, Plain } from "../machine.ts";
import type { Drawings, Picture } from "../picture.ts";
import { changes } from "./changes.ts";
import {
  type Counterexample,
  type CounterexampleExtra,
  type CounterexampleStep,
  counterexampleVersion,
} from "./report_data.ts";
import { explainVerdict, explainViolation, type Words } from "./explain.ts";
import { oneLine, phrase } from "./phrase.ts";

export type {
  Counterexample,
  CounterexampleExtra,
  CounterexampleStep,
  CounterexampleVerdict,
  Environment,
} from "./report_data.ts";

/** Draws and shows states of one machine, when it can. A state that breaks its schema may break the artist too. */
class Artist {
  readonly #machine: AnyMachine;
  readonly #extra: CounterexampleExtra;

  constructor(machine: AnyMachine, extra: CounterexampleExtra) {
    this.#machine = machine;
    this.#extra = extra;
  }

  draw(state: unknown): Pick<CounterexampleStep, "state" | "shown" | "picture"> {
    if (state === undefined) return {};
    let shown = phrase(state);
    let picture: CounterexampleStep["picture"];
    try {
      const line = this.#machine.show?.(state as DeepReadonly<unknown>);
      if (line !== undefined) shown = oneLine(line);
    } catch {
      // Shown as data instead: a mistaken machine may have left its schema.
    }
    try {
      picture = this.#extra.drawings?.picture?.(state);
    } catch {
      // No picture of this state.
    }
    return { state: state as Plain, shown, ...(picture === undefined ? {} : { picture }) };
  }
}

/** A walk of more steps is no picture any more. */
const mostDrawnSteps = 150;

function drawn(
  drawings: Drawings | undefined,
  initial: unknown,
  steps: readonly CounterexampleStep[],
): Picture | undefined {
  if (drawings?.timeline === undefined || initial === undefined || steps.length > mostDrawnSteps) {
    return undefined;
  }
  try {
    return drawings.timeline([{ state: initial, parted: false }, ...steps]);
  } catch {
    // No picture of this walk: a mistaken machine may have left its schema.
    return undefined;
  }
}

function assemble(
  words: Words,
  verdict: Counterexample["verdict"],
  target: string,
  file: CaseFile,
  initial: ReturnType<Artist["draw"]>,
  steps: readonly CounterexampleStep[],
  extra: CounterexampleExtra,
): Counterexample {
  const { drawings, ...facts } = extra;
  const timeline = drawn(drawings, initial.state, steps);
  return {
    version: counterexampleVersion,
    ...words,
    verdict,
    target,
    case: file,
    lanes: [...new Set(steps.map(({ actor }) => actor))],
    ...(initial.state === undefined ? {} : { initial: initial.state }),
    ...(initial.shown === undefined ? {} : { initialShown: initial.shown }),
    ...(initial.picture === undefined ? {} : { initialPicture: initial.picture }),
    ...(timeline === undefined ? {} : { timeline }),
    steps,
    ...facts,
  };
}

function heardPhrase(step: Run["steps"][number]): string {
  switch (step.heard.kind) {
    case "replied":
      return phrase(step.heard.reply);
    case "hung":
      return "no answer: hung";
    case "crashed":
      return `no answer: ${oneLine(step.heard.error)}`;
  }
}

function allowedAt(verdict: Verdict<unknown, unknown>): readonly string[] | undefined {
  if (verdict.kind === "diverged") return verdict.allowed.map(phrase);
  if (verdict.kind === "diverged view") return verdict.allowed.map((view) => `view ${phrase(view)}`);
  return undefined;
}

/** Explains a run that was recorded; `machine` is the one that was walked. */
export function counterexample(
  machine: AnyMachine,
  run: Run,
  file: CaseFile,
  target: string,
  extra: CounterexampleExtra = {},
): Counterexample {
  const { verdict } = run;
  const at = verdict.kind === "agreed" ? -1 : verdict.at;
  const artist = new Artist(machine, extra);
  const steps = run.steps.map((step, index): CounterexampleStep => {
    const allowed = index === at ? allowedAt(verdict) : undefined;
    const answer = heardPhrase(step);
    return {
      actor: machine.actor(step.command),
      action: phrase(step.command),
      command: step.command,
      answer: index === at && verdict.kind === "diverged view"
        ? `${answer}, view ${phrase(verdict.seen)}`
        : answer,
      ...(step.heard.kind === "replied" ? { reply: step.heard.reply as Plain } : {}),
      ...(allowed === undefined ? {} : { allowed }),
      ...artist.draw(step.after),
      changes: step.after === undefined ? [] : changes(step.before, step.after),
      epilogue: step.epilogue,
      parted: index === at,
    };
  });
  const judge = verdict.kind !== "agreed" && "machine" in verdict ? verdict.machine : machine.name;
  return assemble(
    explainVerdict(verdict, run.steps[at]?.command, target, run.executed.length),
    {
      kind: verdict.kind,
      machine: judge,
      ...(verdict.kind === "violated" ? { property: verdict.property } : {}),
    },
    target,
    file,
    artist.draw(run.steps[0]?.before),
    steps,
    extra,
  );
}

/**
 * Explains a violation that a search has found in `machine`.
 *
 * `file` says protocol, scope and mistake; start and commands are taken from the trace.
 */
export function counterexampleOfViolation(
  machine: AnyMachine,
  violation: Violation<unknown, AnyCommand, unknown, unknown>,
  file: Pick<CaseFile, "lockstep" | "protocol" | "scope" | "mistake">,
  extra: CounterexampleExtra = {},
): Counterexample {
  const { trace } = violation;
  const artist = new Artist(machine, extra);
  const lastIndex = trace.steps.length - 1;
  const lasso = trace.loopsTo !== undefined;
  let before: unknown = trace.initial;
  const steps = trace.steps.map((step, index): CounterexampleStep => {
    const parted = index === lastIndex && !lasso;
    const differences = step.state === undefined ? [] : changes(before, step.state);
    before = step.state ?? before;
    const allowed = violation.allowed?.map(({ reply, view }) =>
      reply === undefined ? `view ${phrase(view)}` : phrase(reply)
    );
    return {
      actor: step.actor,
      action: phrase(step.command ?? { kind: step.move }),
      ...(step.command === undefined ? {} : { command: step.command }),
      answer: step.command === undefined
        ? oneLine(step.note ?? "")
        : step.reply === undefined
        ? "no answer"
        : phrase(step.reply),
      ...(step.reply === undefined ? {} : { reply: step.reply as Plain }),
      ...(parted && allowed !== undefined ? { allowed } : {}),
      ...artist.draw(step.state),
      changes: differences,
      epilogue: false,
      parted,
    };
  });
  const commands = trace.steps.flatMap(({ command }) => command === undefined ? [] : [command]);
  const report = assemble(
    explainViolation(violation, machine.name),
    { kind: violation.kind, machine: machine.name, property: violation.property },
    machine.name,
    { ...file, start: trace.start, commands },
    artist.draw(trace.initial),
    steps,
    extra,
  );
  return trace.loopsTo === undefined ? report : { ...report, loopsTo: trace.loopsTo };
}
