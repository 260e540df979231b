/**
 * Any machine as a target: the engine tests itself with it, and a mechanism can be driven against its specification.
 *
 * @module
 */
import type { AnyCommand, Budget, DeepReadonly, Machine, Probe, Subject, Target } from "../machine.ts";

/**
 * Makes a subject of `machine` that resolves every choice with `pick` (the first alternative when absent).
 *
 * A command that is not possible makes the subject throw, which a driver reports as "crashed".
 */
export function asTarget<State, Command extends AnyCommand, Reply, Start, View>(
  machine: Machine<State, Command, Reply, Start, View>,
  pick: (count: number) => number = () => 0,
): Target<Command, Reply, Start, View> {
  const open = (start: Start): Subject<Command, Reply, View> => {
    const cut = (reason: string): never => {
      throw new Error(`Cannot go on: ${reason}`);
    };
    const unnamed = "not possible in this state";
    let reason = unnamed;
    const refuse = (said: string): undefined => {
      reason = said;
    };
    const state = machine.initial(start, { choose: pick, tick() {}, cut, refuse });
    const view = machine.view?.bind(machine);
    return {
      perform(command: Command, budget: Budget): Reply {
        reason = unnamed;
        const reply = machine.step(state, command, { choose: pick, tick: () => budget.tick(), cut, refuse });
        if (reply === undefined) throw new Error(`Cannot ${command.kind}: ${reason}`);
        return reply;
      },
      ...(view === undefined ? {} : { view: () => view(state as DeepReadonly<State>) }),
      [Symbol.dispose]() {},
    };
  };
  return { name: `${machine.name} as a target`, probe: (): Probe => ({ missing: [], facts: {} }), open };
}
