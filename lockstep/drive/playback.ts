/**
 * A subject made of what another one has answered: a run can be told, step by step, after the subject is gone.
 *
 * @module
 */
import type { AnyCommand, AnyTarget } from "../machine.ts";
import { BudgetExceeded } from "./budget.ts";
import type { Answered } from "./verdict.ts";

/**
 * A target whose subjects answer as recorded, in the order of `answers`, whatever they are asked.
 *
 * Put to the commands that were performed, in a run that begins at the same start, it ends in the same verdict.
 */
export function playback(name: string, answers: readonly Answered[]): AnyTarget {
  return {
    name,
    asynchronous: false,
    probe: () => ({ missing: [], facts: {} }),
    open: () => {
      let performed = 0;
      return {
        perform: (command: AnyCommand) => {
          const heard = answers[performed++]?.heard;
          switch (heard?.kind) {
            case "replied":
              return heard.reply;
            case "hung":
              throw new BudgetExceeded("Cannot go on: as recorded");
            case "crashed":
              // The words of an error as they were recorded, without another name before them.
              throw heard.error;
            case undefined:
              throw new RangeError(
                `Cannot answer ${command.kind}: only ${answers.length} answers were recorded`,
              );
          }
        },
        ...(answers.some((answer) => "view" in answer) ? { view: () => answers[performed - 1]?.view } : {}),
        [Symbol.dispose]: () => {},
      };
    },
  };
}
