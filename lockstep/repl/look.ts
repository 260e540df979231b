/**
 * Looking at a walk without taking a step: state, differences, reasons. Everything returns lines of text.
 *
 * @module
 */
import { cyan, dim, green, red, yellow } from "@std/colors";
import { why } from "../explore/mod.ts";
import type { AnyMachine, DeepReadonly } from "../machine.ts";
import { changePhrase, changes } from "../report/changes.ts";
import { oneLine, phrase } from "../report/phrase.ts";
import { nearness, wayToPossible } from "./ahead.ts";
import { type Debt, debts } from "./debts.ts";
import { chooseName, nearest } from "./match.ts";
import { answerPhrase, type Move, movePhrase, outcomesOf } from "./outcomes.ts";
import { Refusal } from "./refusal.ts";
import type { Session } from "./session.ts";
import { stateLine, wayPhrase } from "./sight.ts";
import { verbs } from "./verbs.ts";

/** What can be said to the REPL. */
export function helpLines(): string[] {
  const width = Math.max(...verbs.map(({ usage }) => usage.length));
  return [
    ...verbs.map(({ usage, help }) => `  ${cyan(usage.padEnd(width))}  ${help}`),
    dim("  or the number of a command, or a command: its kind and values, or field=value, or JSON;"),
    dim(
      "  a verb may be cut short where no other verb or command begins like it; with a colon before it, a verb is a",
    ),
    dim("  verb even where a command has the same name"),
  ];
}

/** The whole state, a line for each field. */
export function stateLines(state: unknown): string[] {
  const entries = typeof state === "object" && state !== null && !Array.isArray(state)
    ? Object.entries(state)
    : [["state", state]] as const;
  const width = Math.max(0, ...entries.map(([name]) => name.length));
  return entries.map(([name, value]) => `  ${cyan(oneLine(name, 60).padEnd(width))}  ${phrase(value)}`);
}

/** What can be seen without disturbing anything. @throws {Refusal} when the machine shows nothing. */
export function viewLines(machine: AnyMachine, state: unknown): string[] {
  if (machine.view === undefined) throw new Refusal("This machine has no view");
  return [`  ${phrase(machine.view(state as DeepReadonly<unknown>))}`];
}

/** What the last step has changed. @throws {Refusal} at the start. */
export function diffLines(session: Session): string[] {
  const { at } = session;
  if (at === 0) throw new Refusal("Nothing has been done yet");
  const found = changes(session.stateAt(at - 1), session.state);
  const nothing = found.length === 0 ? " nothing" : "";
  return [
    `  ${cyan(movePhrase(session.stepAt(at)!.move))} has changed${nothing}`,
    ...found.map((change) => `  ${changePhrase(change)}`),
  ];
}

/** The steps up to here, each with its answer and the state after it. */
export function traceLines(session: Session): string[] {
  const { machine } = session;
  return [
    `      ${dim(stateLine(machine, session.stateAt(0)))}`,
    ...session.taken.map(({ move, outcome, state }, index) => {
      const number = String(index + 1).padStart(3);
      const answer = answerPhrase(outcome.answer);
      return `  ${number} ${cyan(movePhrase(move))} → ${answer}   ${dim(stateLine(machine, state))}`;
    }),
  ];
}

/** What is owed by a promise about progress, and how it is paid. */
function debtLines({ name, since, way }: Debt): string[] {
  const when = since === 0 ? "the start" : `step ${since}`;
  return since === undefined
    ? [`  ${green("✓")} ${oneLine(name)}`, `      nothing is owed; owed: ${wayPhrase(way)}`]
    : [`  ${yellow("…")} ${oneLine(name)}`, `      owed since ${when}; paid: ${wayPhrase(way)}`];
}

/** How near promises are to being broken or paid: all of them, or the one that `text` names. @throws {Refusal} */
export function whyLines(session: Session, text: string): string[] {
  const { machine, state } = session;
  const names = [...Object.keys(machine.always), ...Object.keys(machine.leadsTo ?? {})];
  const one = text === "" ? undefined : chooseName(text, names);
  if (text !== "" && one === undefined) {
    throw new Refusal(`Cannot find promise or command ${oneLine(text, 60)}: ${nearest(text, names)}`);
  }
  const isAsked = ({ name }: { readonly name: string }): boolean => one === undefined || name === one;
  const states = Array.from({ length: session.at + 1 }, (_, at) => session.stateAt(at));
  const owed = one !== undefined && Object.hasOwn(machine.always, one)
    ? []
    : debts(machine, states).filter(isAsked);
  const near = one !== undefined && owed.length > 0 ? [] : nearness(machine, state).filter(isAsked);
  return [
    ...near.flatMap(({ name, holds, applies, broken, appliesAfter }) => {
      const mark = !holds ? red("✗") : applies ? green("✓") : yellow("-");
      return [
        `  ${mark} ${oneLine(name)}`,
        holds ? `      can be broken: ${wayPhrase(broken)}` : "      broken here",
        ...(appliesAfter === undefined
          ? []
          : [`      says nothing here; says something: ${wayPhrase(appliesAfter)}`]),
      ];
    }),
    ...owed.flatMap(debtLines),
  ];
}

/** The condition that refuses a move, in the machine's words or by the last value that the step looked at. */
export function refusalPhrase(machine: AnyMachine, state: unknown, move: Move): string {
  const { verdict, conditions, looked } = why(
    machine,
    state,
    move.kind === "command" ? move.command : move.name,
  );
  if (verdict !== "refused") return "";
  if (conditions.length > 0) return `: ${conditions.map((condition) => oneLine(condition)).join("; ")}`;
  const last = looked.at(-1);
  return last === undefined ? "" : `; the step looked last at ${oneLine(last.path)}, ${phrase(last.value)}`;
}

/** What a move waits for: the condition, when it was possible last, how it becomes possible, and what changes then. */
export function whyMoveLines(session: Session, move: Move): string[] {
  const { machine, state } = session;
  const outcomes = outcomesOf(machine, state, move);
  if (outcomes.length > 0) {
    const answers = outcomes.map(({ answer }) => answerPhrase(answer)).join(" or ");
    return [`  ${movePhrase(move)} is possible: ${answers}`];
  }
  const lines = [`  ${movePhrase(move)} is not possible here${refusalPhrase(machine, state, move)}`];
  let before = session.at - 1;
  while (before >= 0 && outcomesOf(machine, session.stateAt(before), move).length === 0) before--;
  if (before >= 0) {
    const closing = session.stepAt(before + 1)!;
    lines.push(`  it was possible until ${movePhrase(closing.move)} (step ${before + 1}) changed`);
    lines.push(
      ...changes(session.stateAt(before), closing.state).map((change) => `    ${changePhrase(change)}`),
    );
  }
  const way = wayToPossible(machine, state, move);
  lines.push(`  possible again: ${wayPhrase(way)}`);
  const last = way.kind === "found" ? way.steps.at(-1) : undefined;
  if (way.kind !== "found" || last?.state === undefined) return lines;
  lines.push("  because the last of these steps changes");
  const beforeLast = way.steps.at(-2)?.state ?? state;
  return [...lines, ...changes(beforeLast, last.state).map((change) => `    ${changePhrase(change)}`)];
}
