/**
 * Taking steps: the machine says what is allowed, the real side (when there is one) what is answered, and a person
 * decides what both leave open.
 *
 * @module
 */
import { cyan, dim, green, red, yellow } from "@std/colors";
import { equal } from "../drive/plain.ts";
import type { TraceStep } from "../explore/mod.ts";
import type { AnyCommand, AnyMachine, DeepReadonly } from "../machine.ts";
import { oneLine, phrase } from "../report/phrase.ts";
import { brokenPromises } from "./ahead.ts";
import { canAnswer, forbiddenBy } from "./also_judge.ts";
import type { ReplIo } from "./io.ts";
import { answerPhrase, type Move, movePhrase, type Outcome, outcomesOf } from "./outcomes.ts";
import { heardPhrase, type RealAnswer, type RealSide } from "./real_side.ts";
import { Refusal } from "./refusal.ts";
import type { Session } from "./session.ts";
import { outcomeLines } from "./outcome_lines.ts";

/** Chooses among outcomes without asking; `undefined` = no opinion, a person is asked. */
export type Chooser = (outcomes: readonly Outcome[]) => Outcome | undefined;

/** Takes the steps of one session. */
export class Stepper {
  readonly #session: Session;
  readonly #real: RealSide | undefined;
  readonly #io: ReplIo;
  /** Machines that judge real answers as well. */
  readonly #also: readonly AnyMachine[];
  #parted: AnyCommand | undefined;

  constructor(session: Session, real: RealSide | undefined, also: readonly AnyMachine[], io: ReplIo) {
    this.#also = also;
    this.#session = session;
    this.#real = real;
    this.#io = io;
  }

  /** The command at which the two sides parted, until another step is tried or the place is left. */
  get parted(): AnyCommand | undefined {
    return this.#parted;
  }

  /** Forgets that the sides have parted: the place has been left. */
  leave(): void {
    this.#parted = undefined;
  }

  /** Takes one step, and says what came of it. Whether it was taken. @throws {Refusal} when it is not possible. */
  async step(move: Move, choose?: Chooser): Promise<boolean> {
    const { machine, state: before } = this.#session;
    const outcomes = outcomesOf(machine, before, move);
    if (outcomes.length === 0) throw new Refusal(`${movePhrase(move)} is not possible here`);
    this.leave();
    let candidates = outcomes;
    if (this.#real !== undefined && move.kind === "command") {
      const explaining = await this.#besideReal(this.#real, move.command, outcomes);
      if (explaining === undefined) return false;
      candidates = explaining;
    }
    const outcome = candidates.length === 1
      ? candidates[0]
      : choose?.(candidates) ?? await this.#ask(candidates);
    if (outcome === undefined) return false;
    this.#say(`${cyan(movePhrase(move))} → ${answerPhrase(outcome.answer)}`);
    if (outcome.state === undefined) return false;
    this.#session.take(move, outcome);
    const step = {
      before,
      ...(move.kind === "command" ? { command: move.command } : { move: move.name }),
      ...(outcome.answer.kind === "replied" ? { reply: outcome.answer.reply } : {}),
      after: outcome.state,
    };
    for (const name of brokenPromises(machine, step)) this.#say(red(`  ✗ promise broken: ${oneLine(name)}`));
    return true;
  }

  /** Takes the steps of a trace, and chooses as it did. */
  async follow(steps: readonly TraceStep<unknown, AnyCommand, unknown>[]): Promise<void> {
    for (const { command, move, state } of steps) {
      const next: Move = command === undefined
        ? { kind: "internal", name: move! }
        : { kind: "command", command };
      const taken = await this.step(
        next,
        (outcomes) => outcomes.find((outcome) => equal(outcome.state, state)),
      );
      if (!taken) break;
    }
  }

  #say(text: string): void {
    this.#io.write(`${text}\n`);
  }

  /** Performs the command for real; the outcomes that explain the answer, or `undefined` when none does. */
  async #besideReal(
    real: RealSide,
    command: AnyCommand,
    outcomes: readonly Outcome[],
  ): Promise<readonly Outcome[] | undefined> {
    const before = this.#session.taken.flatMap(({ move }) => move.kind === "command" ? [move.command] : []);
    const { answer, notes } = await real.perform(this.#session.start, before, command);
    for (const note of notes) this.#say(yellow(`  ${note}`));
    const { machine } = this.#session;
    const explaining = outcomes.filter((outcome) => explains(machine, outcome, answer));
    const allowed = [...new Set(outcomes.map((outcome) => answerPhrase(outcome.answer)))].slice(0, 8).join(
      " or ",
    );
    const { start } = this.#session;
    const elsewhere = explaining.length === 0 && canAnswer(machine, start, real.performed);
    const also = explaining.length > 0 || elsewhere ? this.#alsoForbidden(command, answer) : undefined;
    if (also !== undefined) return this.#part(real, command, heardPhrase(answer.heard), also);
    if (explaining.length > 0) {
      this.#say(`  ${green("✓")} real: ${heardPhrase(answer.heard)}${dim(`   machine: ${allowed}`)}`);
      return explaining;
    }
    const sameAnswer = outcomes.filter((outcome) => equal(outcome.answer, answer.heard));
    const view = sameAnswer.length === 0 || answer.view === undefined ? "" : `, view ${phrase(answer.view)}`;
    const wanted = sameAnswer.length === 0 ? allowed : sameAnswer
      .map(({ state }) => `view ${phrase(machine.view!(state as DeepReadonly<unknown>))}`).join(" or ");
    const heard = `${heardPhrase(answer.heard)}${view}`;
    return elsewhere
      ? this.#goneElsewhere(real, command, heard, wanted)
      : this.#part(real, command, heard, wanted);
  }

  /** What the specification allows instead, where it does not allow the answer. */
  #alsoForbidden(command: AnyCommand, answer: RealAnswer): string | undefined {
    const { start, taken } = this.#session;
    for (const machine of this.#also) {
      const allowed = forbiddenBy(machine, start, taken, command, answer);
      if (allowed !== undefined) return `${allowed} (by ${machine.name})`;
    }
    return undefined;
  }

  #part(real: RealSide, command: AnyCommand, heard: string, allowed: string): undefined {
    this.#say(red(`  ✗ the two sides part at ${phrase(command)}`));
    this.#say(red(`    real:    ${heard}`));
    this.#say(green(`    allowed: ${allowed}`));
    this.#say(dim("    the step is not taken; save, test or report keeps it"));
    this.#parted = command;
    // It went where the machine can not follow: the next command is put to a fresh one.
    real.close();
    return undefined;
  }

  /** Nothing is wrong: what was chosen here is not what the real side did, which no answer had told. */
  #goneElsewhere(real: RealSide, command: AnyCommand, heard: string, wanted: string): undefined {
    this.#say(yellow(`  the real side went another way, as ${phrase(command)} tells`));
    this.#say(`    real:    ${heard}`);
    this.#say(`    here:    ${wanted}`);
    this.#say(
      dim("    the step is not taken; undo, and choose another outcome or a move that nobody commands"),
    );
    real.close();
    return undefined;
  }

  async #ask(outcomes: readonly Outcome[]): Promise<Outcome | undefined> {
    const shown = outcomes.slice(0, 50);
    this.#say(yellow(`  ${outcomes.length} outcomes are allowed:`));
    for (const line of outcomeLines(this.#session.machine, shown)) this.#say(line);
    const line = await this.#io.read("which? ", () => []);
    const chosen = shown[Number(line?.trim()) - 1];
    if (chosen === undefined) this.#say(yellow("  none of them: the step is not taken"));
    return chosen;
  }
}

function explains(machine: AnyMachine, outcome: Outcome, { heard, view }: RealAnswer): boolean {
  if (heard.kind !== "replied" || outcome.answer.kind !== "replied") return false;
  if (!equal(outcome.answer.reply, heard.reply)) return false;
  if (view === undefined || machine.view === undefined) return true;
  return equal(machine.view(outcome.state as DeepReadonly<unknown>), view);
}
