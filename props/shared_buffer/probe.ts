/**
 * What the shared buffer needs from a kernel, and the rules of the model in which kernels are known to differ.
 *
 * The model says what Linux 6.18 does. Where another kernel would answer otherwise it is not driven, and the reason
 * is told: a divergence would only say that the kernel is older.
 *
 * @module
 */
import {
  mapFlags,
  mmapAt,
  munmapAt,
  protection,
  reservedBase,
  reserveRange,
} from "../../ffi/address_space.ts";
import { errnoName } from "../../ffi/errno.ts";
import { loadByte } from "../../ffi/faults.ts";
import {
  addSealsCall,
  closeCall,
  memfdCall,
  pwriteFromCall,
  seal,
  statCall,
  truncateCall,
  writeCall,
} from "../../ffi/file_calls.ts";
import { pageBytes } from "../../ffi/memory.ts";
import { fileSizeLimit } from "../../ffi/process_limits.ts";

/** Uses a fresh memfd and closes it. */
function withMemfd<Result>(use: (fd: number) => Result): Result {
  const fd = memfdCall(true);
  try {
    return use(fd);
  } finally {
    closeCall(fd);
  }
}

/** Whether a write whose source faults lets the file reach the offset at which it began: since Linux 6.15. */
function failedWriteReaches(): boolean {
  return withMemfd((fd) => {
    pwriteFromCall(fd, reservedBase, 1, pageBytes());
    const status = statCall(fd);
    return typeof status === "object" && status.bytes === pageBytes();
  });
}

/** Whether a write-sealed file can be mapped shared for reading: since Linux 6.7, lost again in parts of 6.12. */
function mapsSealedForReading(): boolean {
  return withMemfd((fd) => {
    truncateCall(fd, pageBytes());
    addSealsCall(fd, seal.write);
    const flags = mapFlags.shared | mapFlags.fixedNoReplace;
    const address = mmapAt(reservedBase, pageBytes(), protection.read, flags, fd, 0);
    if (address > 0) munmapAt(address, pageBytes());
    return address === reservedBase;
  });
}

/** Whether a write is cut into pages, as it is unless shared memory uses huge ones: a seal then stops it in between. */
function cutsWritesIntoPages(): boolean {
  return withMemfd((fd) => {
    const source = new Uint8Array(2 * pageBytes());
    truncateCall(fd, source.length - 1);
    addSealsCall(fd, seal.grow);
    return writeCall(fd, source, source.length) === pageBytes();
  });
}

/** More than any case needs at once, the operations' own fds included. */
const neededFds = 16;
/** More than any file of a scope has. */
const neededFileBytes = 1 << 20;

/** Why this process' own limits would answer in the kernel's place, or undefined. */
function tightLimit(): string | undefined {
  // First: past this one the process is not answered but ended.
  const limit = fileSizeLimit();
  if (limit < neededFileBytes) {
    return `files may have ${limit} bytes here, must be at least ${neededFileBytes} (ulimit -f)`;
  }
  const fds = Array.from({ length: neededFds }, () => memfdCall(true));
  for (const fd of fds) if (fd >= 0) closeCall(fd);
  const refused = fds.find((fd) => fd < 0);
  if (refused === undefined) return undefined;
  return fds[0]! < 0
    ? `memfd_create answers ${errnoName(-refused)}`
    : `there is no room for ${neededFds} more fds here: ${errnoName(-refused)} (ulimit -n)`;
}

/** One sentence for each thing that is missing here; empty when the kernel can be driven. */
export function missingForSharedBuffer(): readonly string[] {
  if (Deno.build.os !== "linux") return ["memfd_create, seals and process_vm_readv are Linux'"];
  try {
    const limit = tightLimit();
    if (limit !== undefined) return [limit];
    reserveRange(reservedBase, pageBytes());
    if (loadByte(reservedBase) !== "SIGSEGV") return ["a load of a hole is not answered by SIGSEGV"];
    const missing: string[] = [];
    if (!failedWriteReaches()) {
      missing.push("this kernel looks at the source of a write before it begins, as Linux did before 6.15");
    }
    if (!mapsSealedForReading()) {
      missing.push(
        "this kernel maps no write-sealed file shared, not even for reading, as Linux did before 6.7",
      );
    }
    if (!cutsWritesIntoPages()) {
      missing.push(
        "this kernel does not cut writes to memory files into pages: are huge pages on for shared memory?",
      );
    }
    return missing;
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}
