/**
 * Names of shared memory that say which process they belong to: a process that is killed leaves its names behind, and
 * the next one can tell and remove them.
 *
 * @see {@link https://man7.org/linux/man-pages/man7/shm_overview.7.html}
 * @see {@link https://man7.org/linux/man-pages/man7/pid_namespaces.7.html}
 * @module
 */
import { checked, errnoWord } from "./errno.ts";
import { libcFile, openLibrary } from "./library.ts";
import { cString } from "./memory.ts";
import { sharedMemoryNames } from "./process_resources.ts";

const libc = openLibrary(libcFile, {
  kill: { parameters: ["i32", "i32"], result: "i32" },
  readlink: { parameters: ["buffer", "buffer", "usize"], result: "i32" },
  shm_unlink: { parameters: ["buffer"], result: "i32" },
});
const ESRCH = 3;

let namespace: string | undefined;

/** Where process ids are counted: another container may share the names and count anew. @throws {ErrnoError} */
function pidNamespace(): string {
  if (namespace !== undefined) return namespace;
  const target = new Uint8Array(64);
  const bytes = checked(
    "read the name of the pid namespace",
    libc.readlink(cString("/proc/self/ns/pid"), target, BigInt(target.length)),
  );
  return namespace = new TextDecoder().decode(target.subarray(0, bytes)).replace(/\D/g, "");
}

/** How the names of this process begin, without a slash. What follows must not begin with a digit. @throws {ErrnoError} */
export function ownedPrefix(what: string): string {
  return `${what}-${pidNamespace()}-${Deno.pid}-`;
}

/** Signal 0 is sent to nobody: it only asks whether there is somebody. */
function isGone(processId: number): boolean {
  const result = libc.kill(processId, 0);
  const number = errnoWord[0]!;
  return result < 0 && number === ESRCH;
}

/**
 * Removes names that {@link ownedPrefix} began in processes that are gone, and says which. Names of the living, of other
 * containers and of others' making stay. @throws {ErrnoError} when the names can not be listed
 */
export function removeOrphanedNames(what: string): readonly string[] {
  const begin = `${what}-${pidNamespace()}-`;
  return sharedMemoryNames(begin).filter((name) => {
    const processId = /^(\d+)-/.exec(name.slice(begin.length))?.[1];
    return processId !== undefined && isGone(Number(processId)) && libc.shm_unlink(cString(`/${name}`)) === 0;
  });
}
