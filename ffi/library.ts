/**
 * Shared libraries, opened once when a module is loaded and never closed.
 *
 * A library that can not be opened (no `--allow-ffi`, another operating system) does not break the import: the
 * first use of one of its symbols throws {@link EnvironmentError}, so that a program can still say what is missing.
 *
 * @module
 */

/** Something that this machine or process does not offer; a program ends with exit code 3 because of it. */
export class EnvironmentError extends Error {
  /** For telling it apart after it has crossed a boundary. */
  override readonly name = "EnvironmentError";
}

/** Opens `file` and returns its symbols; what can not be opened throws at the first use of a symbol. */
export function openLibrary<const Symbols extends Deno.ForeignLibraryInterface>(
  file: string,
  symbols: Symbols,
): Deno.DynamicLibrary<Symbols>["symbols"] {
  try {
    return Deno.dlopen(file, symbols).symbols;
  } catch (error) {
    const reason = error instanceof Deno.errors.NotCapable
      ? "permission to call native code is missing, run with --allow-ffi"
      : error instanceof Error
      ? error.message
      : String(error);
    return new Proxy({} as Deno.DynamicLibrary<Symbols>["symbols"], {
      get(): never {
        throw new EnvironmentError(`Cannot open ${file}: ${reason}`);
      },
    });
  }
}

/** The C library of this process. */
export const libcFile = "libc.so.6";
