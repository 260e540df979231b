/**
 * The answer to a litmus test as text, in the manner of herd.
 *
 * @module
 */
import type { LitmusVerdict } from "../../model/memory/check_litmus.ts";
import { showRace, showValues } from "../../model/memory/check_litmus.ts";
import type { LitmusTest } from "../../model/memory/litmus.ts";

/** One test under one model. */
export interface LitmusAnswer {
  readonly model: string;
  readonly verdict: LitmusVerdict;
}

/** Ok, No, Undefined for a program with a data race, or Unknown when the search was not complete. */
export function answerWord({ holds, race }: LitmusVerdict): "Ok" | "No" | "Undefined" | "Unknown" {
  return race !== undefined ? "Undefined" : holds === undefined ? "Unknown" : holds ? "Ok" : "No";
}

/** Several lines about one test under one model; `*` marks the states that meet the condition. */
export function showAnswer(
  test: LitmusTest,
  { model, verdict }: LitmusAnswer,
  met: (index: number) => boolean,
): string {
  const { states, witnesses, observation, race, executions, bounded } = verdict;
  const found = test.quantifier === "none"
    ? `nothing is asked: ${states.length} states`
    : `${test.quantifier}: ${observation}, ${witnesses} of ${states.length} states`;
  return [
    `${test.name}  ${model}  ${answerWord(verdict)}  (${found}, ${executions} executions)`,
    ...states.map((values, index) =>
      `  ${met(index) && test.quantifier !== "none" ? "*" : " "} ${showValues(test, values)}`
    ),
    ...(race === undefined ? [] : [`  ${showRace(race, test.program.locations)}`]),
    ...(bounded === undefined ? [] : [`  not complete: ${bounded}`]),
  ].join("\n");
}
