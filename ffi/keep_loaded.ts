/**
 * Shared libraries that must stay when whoever opened them is gone.
 *
 * @see {@link https://man7.org/linux/man-pages/man3/dlopen.3.html}
 * @module
 */
import { libcFile, openLibrary } from "./library.ts";
import { cString } from "./memory.ts";

const libc = openLibrary(libcFile, { dlopen: { parameters: ["buffer", "i32"], result: "pointer" } });
const [RTLD_NOW, RTLD_NODELETE] = [2, 0x1000];

/**
 * Keeps the library in the process for good. A library that runs code when a thread ends (an allocator does) would
 * otherwise be gone when the thread that opened it last has closed it, and the next thread to end would jump into
 * nothing.
 *
 * Answers false when the library can not be opened.
 */
export function keepLoaded(file: string): boolean {
  return libc.dlopen(cString(file), RTLD_NOW | RTLD_NODELETE) !== null;
}
