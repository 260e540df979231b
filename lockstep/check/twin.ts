/**
 * The twin of a mistaken implementation: the mechanism with the same rule changed. Its shortest way to an answer that no
 * judge allows is a schedule to try on the real side, and says how short a case can be at all.
 *
 * @module
 */
import type { RefineOptions } from "../explore/mod.ts";
import type { AnyCommand, AnyMachine } from "../machine.ts";
import { refineAsync } from "./refine_async.ts";

/** The shortest case in which a twin parts from its judges. */
export interface TwinCase {
  /** Where it begins. */
  readonly start: unknown;
  /** Its commands, in order. */
  readonly commands: readonly AnyCommand[];
  /**
   * Whether no case of fewer commands parts, however the twin chooses. Not known where a bound ended a path before, or
   * where there are moves that nobody commands.
   */
  readonly shortest: boolean;
}

async function partsFrom(
  twin: AnyMachine,
  judge: AnyMachine,
  options: RefineOptions,
): Promise<TwinCase | { readonly shortest: boolean }> {
  const { violations, exhausted, cuts } = await refineAsync(twin, judge, { ...options, stopAtFirst: true });
  const moves = Object.keys({ ...twin.internal, ...judge.internal }).length;
  const trace = violations[0]?.trace;
  if (trace === undefined) return { shortest: exhausted && moves === 0 };
  return {
    start: trace.start,
    commands: trace.steps.flatMap(({ command }) => command === undefined ? [] : [command]),
    shortest: moves === 0 && cuts.length === 0,
  };
}

/** The shortest case in which the twin parts from one of the judges; `undefined` when none was found. */
export async function shortestTwinCase(
  twin: AnyMachine,
  judges: readonly AnyMachine[],
  options: RefineOptions,
): Promise<TwinCase | undefined> {
  let best: TwinCase | undefined;
  let allShortest = true;
  for (const judge of judges) {
    const found = await partsFrom(twin, judge, options);
    allShortest &&= found.shortest;
    if ("commands" in found && (best === undefined || found.commands.length < best.commands.length)) {
      best = found;
    }
  }
  return best === undefined ? undefined : { ...best, shortest: allShortest };
}
