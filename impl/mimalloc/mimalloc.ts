/**
 * The system's mimalloc 2, when it is installed.
 *
 * @see {@link https://github.com/microsoft/mimalloc}
 * @module
 */
import { keepLoaded } from "../../ffi/keep_loaded.ts";
import { EnvironmentError, openLibrary } from "../../ffi/library.ts";

/** File name of the library that is looked for. */
export const mimallocFile = "libmimalloc.so.2";

// Before anything else: a thread that only imports this module would take the library away when it ends.
stay();

const library = openLibrary(mimallocFile, {
  mi_malloc: { parameters: ["usize"], result: "pointer" },
  mi_malloc_aligned: { parameters: ["usize", "usize"], result: "pointer" },
  mi_realloc: { parameters: ["pointer", "usize"], result: "pointer" },
  mi_free: { parameters: ["pointer"], result: "void" },
  mi_usable_size: { parameters: ["pointer"], result: "usize" },
  mi_version: { parameters: [], result: "i32" },
});

function stay(): void {
  try {
    keepLoaded(mimallocFile);
  } catch (error) {
    // Without native code there is nothing to keep; the first use of the library says so.
    if (!(error instanceof EnvironmentError)) throw error;
  }
}

/** Version as the library states it, for example 209 for 2.0.9. @throws {import("../../ffi/library.ts").EnvironmentError} */
export function mimallocVersion(): number {
  return library.mi_version();
}

/** Allocates `bytes` bytes, aligned to `alignment` bytes unless it is 0; 0n when there is no memory. */
export function allocate(bytes: number, alignment: number): bigint {
  const pointer = alignment === 0
    ? library.mi_malloc(BigInt(bytes))
    : library.mi_malloc_aligned(BigInt(bytes), BigInt(alignment));
  return Deno.UnsafePointer.value(pointer);
}

/** Moves a block to `bytes` bytes; 0n when there is no memory, the block is then untouched. */
export function reallocate(address: bigint, bytes: number): bigint {
  return Deno.UnsafePointer.value(library.mi_realloc(Deno.UnsafePointer.create(address), BigInt(bytes)));
}

/** Frees a block of any thread. */
export function free(address: bigint): void {
  library.mi_free(Deno.UnsafePointer.create(address));
}

/** Bytes that the holder of a block may use. */
export function usableBytes(address: bigint): number {
  return Number(library.mi_usable_size(Deno.UnsafePointer.create(address)));
}

/** The bytes of a live block. They must not be touched after it is freed or moved. */
export function bytesOf(address: bigint, bytes: number): Uint8Array {
  return new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(Deno.UnsafePointer.create(address)!, bytes));
}
