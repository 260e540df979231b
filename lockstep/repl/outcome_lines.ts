import { dim } from "@std/colors";
import type { AnyMachine } from "../machine.ts";
import { changePhrase, changes } from "../report/changes.ts";
import { oneLine } from "../report/phrase.ts";
import { answerPhrase, type Outcome } from "./outcomes.ts";
import { stateLine } from "./sight.ts";

/** Differences that are named between two outcomes that read the same. */
const mostDifferences = 3;

/** Outcomes as a numbered list to choose from, each with the state after it; two that read the same say what differs. */
export function outcomeLines(machine: AnyMachine, outcomes: readonly Outcome[]): string[] {
  const seen = new Map<string, { readonly number: number; readonly state: unknown }>();
  return outcomes.flatMap(({ answer, state }, index) => {
    const number = `  ${String(index + 1).padStart(5)}  `;
    if (state === undefined) return [`${number}${answerPhrase(answer)}`];
    const lines = [`${number}${answerPhrase(answer)}`, `         ${dim(stateLine(machine, state))}`];
    const like = seen.get(lines[0]!.slice(number.length) + lines[1]!);
    if (like === undefined) {
      seen.set(lines[0]!.slice(number.length) + lines[1]!, { number: index + 1, state });
      return lines;
    }
    const found = changes(like.state, state).slice(0, mostDifferences).map(changePhrase).join(", ");
    return [`${number}as ${like.number}, but ${oneLine(found)}`];
  });
}
