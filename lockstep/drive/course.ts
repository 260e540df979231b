/**
 * The course of one case: what every judge says of each command, and what is noted of it.
 *
 * @module
 */
import type { AnyCommand, AnyMachine, DeepReadonly, Invariants, Step, Subject } from "../machine.ts";
import { Believed } from "./believed.ts";
import { Listener } from "./listener.ts";
import { copy } from "./plain.ts";
import type { Run, RunStep, Sides } from "./run_case.ts";
import type { Answered, Heard, Verdict } from "./verdict.ts";

/** What putting a command to the judges came to: `undefined` = agreed. */
export type Judged = Verdict<unknown, unknown> | "impossible" | "beyond" | undefined;

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

/** The course of one case; a class so that the synchronous and the waiting loop share everything but the wait. */
export class Course {
  readonly sides: Sides;
  readonly listener: Listener;
  readonly judges: readonly Believed<unknown, AnyCommand, unknown, unknown, unknown>[];
  readonly executed: AnyCommand[] = [];
  readonly heard: Heard<unknown>[] = [];
  readonly answers: Answered[] = [];
  readonly labels: Set<string> = new Set();
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

  /** Puts one command to all judges; "impossible" = not performed, "beyond" = no judge can say what comes now. */
  judge(command: AnyCommand, epilogue: boolean): Judged {
    const at = this.performed;
    const before = this.record ? copy(this.judges[0]!.states[0]) : undefined;
    let verdict: Verdict<unknown, unknown> | undefined;
    let isBeyond = false;
    for (let index = 0; index < this.judges.length && verdict === undefined; index++) {
      const outcome = this.#judgeOne(index, command, at);
      if (outcome === "beyond") {
        if (!this.listener.performed) return "impossible";
        // Where this judge can say no more, another one may forbid what was heard.
        isBeyond = true;
      } else if (outcome === "impossible") {
        if (index === 0) return "impossible";
        if (isBeyond) continue;
        verdict = {
          kind: "broken machine",
          at,
          machine: this.judges[index]!.machine.name,
          reason: `${command.kind} is possible for ${this.sides.walked.name} and not here`,
        };
      } else verdict = outcome;
    }
    if (verdict === undefined && isBeyond) return "beyond";
    this.#note(command, epilogue, before, verdict);
    return verdict;
  }

  #judgeOne(
    index: number,
    command: AnyCommand,
    at: number,
  ): Judged {
    const judge = this.judges[index]!;
    const machine = judge.machine.name;
    const stepPromises = this.#everyStep[index]!;
    const before = stepPromises.length > 0 && judge.states.length === 1 ? copy(judge.states[0]) : undefined;
    const outcome = judge.step(command, this.listener);
    switch (outcome.kind) {
      case "impossible":
        return "impossible";
      case "beyond":
        return "beyond";
      case "broken machine":
        return { kind: "broken machine", at, machine, reason: outcome.reason };
      case "diverged":
      case "diverged view": {
        const heard = this.listener.heard();
        if (heard.kind === "hung") return { kind: "hung", at };
        // Looking may be what crashed.
        if (heard.kind === "crashed") return { kind: "crashed", at, error: heard.error };
        const { reply } = heard;
        return outcome.kind === "diverged"
          ? { kind: "diverged", at, machine, heard: reply, allowed: outcome.allowed }
          : {
            kind: "diverged view",
            at,
            machine,
            heard: reply,
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
    let asked: Promised | undefined;
    try {
      for (const promise of this.#always[index]!) {
        asked = promise;
        if (judge.states.every((state) => !promise.holds(state))) {
          return { kind: "violated", at, machine, property: promise.name };
        }
      }
      if (before === undefined || judge.states.length > 1) return undefined;
      const heard = this.listener.heard();
      const reply = heard.kind === "replied" ? heard.reply : undefined;
      const step: Step<unknown, AnyCommand, unknown> = { before, command, reply, after: judge.states[0] };
      for (const promise of this.#everyStep[index]!) {
        asked = promise;
        if (!promise.holds(step)) return { kind: "violated", at, machine, property: promise.name };
      }
    } catch (error) {
      const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      return { kind: "broken machine", at, machine, reason: `${asked?.name}: ${reason}` };
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
        if (asked(`label "${name}"`, () => reached(step))) {
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
      ...(this.listener.hasView && heard.kind === "replied" ? { view: this.listener.view() } : {}),
      ...(agreed ? { after: copy(after) } : {}),
      ...(allowed === undefined ? {} : { allowed }),
    });
  }

  /** Where the judges can say no more, they agree with what was heard until then. */
  finish(judged: Exclude<Judged, "impossible">): Run {
    const verdict = judged === undefined || judged === "beyond" ? { kind: "agreed" } as const : judged;
    const { executed, heard, answers, performed, refused, labels, steps } = this;
    return { verdict, executed, heard, answers, performed, refused, labels, steps };
  }

  epilogue(): readonly AnyCommand[] {
    const state = this.judges[0]!.states[0] as DeepReadonly<unknown>;
    return asked("epilogue", () => this.sides.walk.epilogue?.(state)) ?? [];
  }

  /** A command of the epilogue is not possible. @throws {TypeError} when it never could be. */
  checkEpilogue(command: AnyCommand): void {
    if (this.sides.walked.schema.command.safeParse(command).success) return;
    throw new TypeError(`the epilogue has ${JSON.stringify(command)}, which is no command of this scope`);
  }
}

/** What a part of the walk says. An exception tells of which part it is. */
function asked<Said>(part: string, say: () => Said): Said {
  try {
    return say();
  } catch (error) {
    throw new Error(
      `the ${part} throws ${error instanceof Error ? `${error.name}: ${error.message}` : error}`,
      {
        cause: error,
      },
    );
  }
}
