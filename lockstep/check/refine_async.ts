/**
 * Refinement for a process that has to listen to signals meanwhile.
 *
 * @module
 */
import { type Refinement, type RefineOptions, refining } from "../explore/mod.ts";
import type { AnyCommand, AnyMachine } from "../machine.ts";

/** A refinement that lets events in now and then, so that a signal handler can set `options.signal`. */
export async function refineAsync(
  how: AnyMachine,
  what: AnyMachine,
  options: RefineOptions,
): Promise<Refinement<unknown, AnyCommand, unknown, unknown>> {
  const search = refining(how, what, options);
  for (;;) {
    const next = search.next();
    if (next.done) return next.value;
    await new Promise<void>((resume) => setTimeout(resume, 0));
  }
}
