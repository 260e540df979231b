import { oneLine } from "../report/phrase.ts";
import { nearest } from "./match.ts";

function listed(head: string, names: readonly string[]): string {
  return [head, ...names.map((name) => `  ${oneLine(name)}`)].join("\n");
}

/** What is answered to `until` without one goal that it means: the nearest one, or all that it could be. */
export function noSuchGoal(text: string, names: readonly string[]): string {
  if (text === "") return listed("until what?", names);
  const fitting = names.filter((name) => name.toLowerCase().includes(text.toLowerCase()));
  if (fitting.length > 1) return listed(`Cannot tell which one ${oneLine(text, 60)} means:`, fitting);
  const hint = nearest(text, names);
  return hint.startsWith("did you mean")
    ? `Cannot find ${oneLine(text, 60)}: ${hint}`
    : listed(`Cannot find ${oneLine(text, 60)}: known are`, names);
}
