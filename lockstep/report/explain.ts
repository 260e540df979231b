/**
 * What a verdict means, in words.
 *
 * @module
 */
import type { Verdict } from "../drive/verdict.ts";
import type { Violation } from "../explore/exploration.ts";
import type { AnyCommand } from "../machine.ts";
import { oneLine, phrase } from "./phrase.ts";

/** What was promised, what happened, and both in one sentence. */
export interface Words {
  readonly promised: string;
  readonly happened: string;
  readonly headline: string;
}

function ordinal(number: number): string {
  const last = number % 10;
  const suffix = number % 100 >= 11 && number % 100 <= 13 ? "th" : ["th", "st", "nd", "rd"][last] ?? "th";
  return `${number}${suffix}`;
}

function either(phrases: readonly string[]): string {
  return phrases.length < 2
    ? phrases[0] ?? "nothing"
    : `${phrases.slice(0, -1).join(", ")} or ${phrases.at(-1)!}`;
}

function onlyAllowed(phrases: readonly string[], machine: string): string {
  return phrases.length === 0
    ? `nothing is allowed by ${machine}`
    : `only ${either(phrases)} is allowed by ${machine}`;
}

function words(happened: string, promised: string): Words {
  return { promised, happened, headline: promised === "" ? happened : `${happened}; ${promised}` };
}

/** The words for a verdict of the driver; `command` is the one at which it fell, the epilogue follows `commandCount`. */
export function explainVerdict(
  verdict: Verdict<unknown, unknown>,
  command: AnyCommand | undefined,
  target: string,
  commandCount: number = Infinity,
): Words {
  if (verdict.kind === "agreed") return words(`${target} agrees with the machine`, "");
  const place = verdict.at < commandCount ? `the ${ordinal(verdict.at + 1)} command` : "in the epilogue";
  const what = `${command === undefined ? "a command" : phrase(command)} (${place})`;
  switch (verdict.kind) {
    case "diverged":
      return words(
        `${target} answered ${what} with ${phrase(verdict.heard)}`,
        onlyAllowed(verdict.allowed.map(phrase), verdict.machine),
      );
    case "diverged view":
      return words(
        `after ${what}, ${target} shows ${phrase(verdict.seen)}`,
        `${verdict.machine} says ${either(verdict.allowed.map(phrase))}`,
      );
    case "violated":
      return words(
        `after ${what}, a promise of ${verdict.machine} is broken`,
        oneLine(verdict.property),
      );
    case "hung":
      return words(`${target} never answered ${what}`, "every command is answered");
    case "crashed":
      return words(`${target} failed at ${what}: ${phrase(verdict.error)}`, "every command is answered");
    case "broken machine":
      return words(
        `the machine ${verdict.machine} is at fault at ${what}: ${oneLine(verdict.reason)}`,
        "",
      );
  }
}

/** The words for a violation that the explorer has found. */
export function explainViolation(
  violation: Violation<unknown, AnyCommand, unknown, unknown>,
  machine: string,
): Words {
  const { steps } = violation.trace;
  const last = steps.at(-1);
  const action = last === undefined
    ? "at the start"
    : `after ${phrase(last.command ?? { kind: last.move })} (the ${ordinal(steps.length)} step)`;
  const property = oneLine(violation.property);
  const detail = oneLine(violation.detail);
  switch (violation.kind) {
    case "always":
    case "everyStep":
      return words(`${action}, a promise of ${machine} is broken`, property);
    case "leadsTo":
      return words(`${machine} can go on for ever without it: ${detail}`, property);
    case "deadlock":
      return words(
        `${action}, ${machine} has no move left and is not done`,
        "there is always a move until it is done",
      );
    case "refines": {
      const allowed = (violation.allowed ?? []).map(({ reply, view }) =>
        reply === undefined ? `view ${phrase(view)}` : phrase(reply)
      );
      const answered = last === undefined
        ? `${machine} does not begin as the specification does`
        : `${machine} answered ${phrase(last.command ?? { kind: last.move })} (the ${
          ordinal(steps.length)
        } step) with ${phrase(last.reply ?? null)}`;
      return words(answered, onlyAllowed(allowed, "the specification"));
    }
    case "outside schema":
    case "hung":
    case "crashed":
    case "refusal":
    case "impure":
    case "symmetry":
    case "independence":
      return words(`${action}, ${machine}: ${detail}`, "");
  }
}
