/**
 * The calling thread.
 *
 * @see {@link https://man7.org/linux/man-pages/man2/sched_yield.2.html}
 * @module
 */
import { checked } from "./errno.ts";
import { libcFile, openLibrary } from "./library.ts";

const libc = openLibrary(libcFile, { sched_yield: { parameters: [], result: "i32" } });

/** Lets another thread that waits for this processor run first, if there is one. @throws {ErrnoError} */
export function yieldThread(): void {
  checked("yield the processor", libc.sched_yield());
}
