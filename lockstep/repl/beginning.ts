import { yellow } from "@std/colors";
import { counted } from "../counted.ts";
import type { AnyMachine } from "../machine.ts";
import type { ReplIo } from "./io.ts";
import { beginnings } from "./outcomes.ts";
import { Refusal } from "./refusal.ts";
import { stateLine } from "./sight.ts";
import { wholeNumber } from "./whole_number.ts";

/** Most beginnings that are shown; the others can be chosen as well. */
const mostShown = 50;

/**
 * The state in which a walk begins at `start`; a person chooses where there are several, the first one by default.
 *
 * @throws {Refusal} when none is chosen
 */
export async function chooseBeginning(machine: AnyMachine, start: unknown, io: ReplIo): Promise<unknown> {
  const states = beginnings(machine, start);
  if (states.length < 2) return states[0];
  io.write(`${yellow(`  it may begin in ${counted(states.length, "way")}:`)}\n`);
  for (const [index, state] of states.slice(0, mostShown).entries()) {
    io.write(`  ${String(index + 1).padStart(5)}  ${stateLine(machine, state)}\n`);
  }
  const line = await io.read("which? ", () => []);
  const chosen = wholeNumber(line?.trim() || undefined, 1, "the number of a beginning");
  if (chosen >= 1 && chosen <= states.length) return states[chosen - 1];
  throw new Refusal(`Cannot begin in ${chosen}: must be from 1 to ${states.length}`);
}
