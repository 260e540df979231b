/**
 * What the driver would say: the specification's opinion, where a mechanism is walked, and that of the walked machine,
 * where it may have gone another way.
 *
 * @module
 */
import { Believed, type Hearing } from "../drive/believed.ts";
import type { AnyCommand, AnyMachine } from "../machine.ts";
import { phrase } from "../report/phrase.ts";
import type { Performed, RealAnswer } from "./real_side.ts";
import type { Taken } from "./session.ts";

const limits = { maximumStates: 256, maximumTicks: 100_000 };

function hearing({ heard, view }: RealAnswer): Hearing<unknown, unknown> {
  return { heard: () => heard, view: () => view, hasView: view !== undefined };
}

/**
 * What `machine` allows in place of `answer` to `command` after `taken`, as a phrase; `undefined` when it allows the
 * answer. Believes what was answered, from the start on: a walk by hand is short.
 */
export function forbiddenBy(
  machine: AnyMachine,
  start: unknown,
  taken: readonly Taken[],
  command: AnyCommand,
  answer: RealAnswer,
): string | undefined {
  const believed: Believed<unknown, AnyCommand, unknown, unknown, unknown> = new Believed(
    machine,
    start,
    limits,
  );
  for (const { move, outcome } of taken) {
    if (move.kind !== "command" || outcome.answer.kind !== "replied") continue;
    believed.step(move.command, hearing({ heard: { kind: "replied", reply: outcome.answer.reply } }));
  }
  const verdict = believed.step(command, hearing(answer));
  switch (verdict.kind) {
    case "agreed":
    case "beyond":
      return undefined;
    case "diverged":
      return verdict.allowed.map(phrase).join(" or ");
    case "diverged view":
      return verdict.allowed.map((view) => `view ${phrase(view)}`).join(" or ");
    case "impossible":
      return "nothing: the command is not possible there";
    case "broken machine":
      return `nothing: ${verdict.reason}`;
  }
}

/** Whether `machine`, begun at `start`, can go some way on which it answers and shows all that was heard and seen. */
export function canAnswer(machine: AnyMachine, start: unknown, performed: readonly Performed[]): boolean {
  const believed: Believed<unknown, AnyCommand, unknown, unknown, unknown> = new Believed(
    machine,
    start,
    limits,
  );
  return performed.every(({ command, answer }) => believed.step(command, hearing(answer)).kind === "agreed");
}
