/**
 * The operations of `impl/shared_buffer.ts` by address and fd, with errnos as answers: what the public functions
 * wrap and what lockstep drives.
 *
 * @module
 */
import { mapFlags, mmapAt, munmapAt, protection } from "../../ffi/address_space.ts";
import {
  accessMode,
  addSealsCall,
  closeCall,
  type FileStatus,
  getSealsCall,
  memfdCall,
  O_APPEND,
  openFlags,
  pwriteFromCall,
  seal,
  shmOpenCall,
  shmUnlinkCall,
  statCall,
  statusFlagsCall,
  truncateCall,
} from "../../ffi/file_calls.ts";
import { pageBytes } from "../../ffi/memory.ts";
import { fileSizeLimit } from "../../ffi/process_limits.ts";

/** Memory that is a file: where it is mapped (0 when it has no bytes), and the fd. */
export interface Allocation {
  readonly fd: number;
  readonly address: number;
}

/** A mapping of somebody's file, and whether its contents can not change any more. */
export interface Opened {
  readonly address: number;
  readonly bytes: number;
  readonly stable: boolean;
}

/**
 * How the operations are done. A number is the negated errno of the call that failed, or what the operation is
 * asked for; `place` is a free address to map at, or undefined for the kernel's choice.
 */
export interface SharedBufferOperations {
  copyToFd(address: number, bytes: number): number;
  allocate(bytes: number, place?: number): Allocation | number;
  open(fd: number, place?: number): Opened | "may shrink" | number;
  freeze(fd: number): number;
  shareInPlace(fd: number, address: number, bytes: number): "not whole pages" | number;
  createNamed(name: Uint8Array<ArrayBuffer>): number;
  removeNamed(fd: number, name: Uint8Array<ArrayBuffer>): number;
}

const [ENOENT, EIO, EBADF, EEXIST, EINVAL, EFBIG] = [2, 5, 9, 17, 22, 27];
/** Seals of a file whose length is final. */
export const fixedLength: number = seal.shrink | seal.grow;
/** Seals of a file of which nothing changes any more. */
export const final: number = fixedLength | seal.write | seal.seal;

/** Closes `fd` and passes `answer` on: the end of an operation that failed. */
export function closing(fd: number, answer: number): number {
  closeCall(fd);
  return answer;
}

/**
 * Writes everything to the start of the file, however many calls it takes; the offset of the file stays.
 *
 * Past RLIMIT_FSIZE nothing is tried: the kernel would send SIGXFSZ before it says EFBIG.
 */
export function writeAll(fd: number, address: number, bytes: number): number {
  if (bytes > fileSizeLimit()) return -EFBIG;
  let written = 0;
  while (written < bytes) {
    const count = pwriteFromCall(fd, address + written, bytes - written, written);
    // No memory file answers 0; some other file may, and would keep us here for ever.
    if (count <= 0) return count === 0 ? -EIO : count;
    written += count;
  }
  return 0;
}

/** `ftruncate`, but EFBIG past RLIMIT_FSIZE without the signal. */
export function truncateWithin(fd: number, bytes: number): number {
  return bytes > fileSizeLimit() ? -EFBIG : truncateCall(fd, bytes);
}

/** A new memory file with the bytes at `address`: complete, or the errno. */
function filledFile(address: number, bytes: number): number {
  const fd = memfdCall(true);
  if (fd < 0) return fd;
  const failed = writeAll(fd, address, bytes);
  return failed < 0 ? closing(fd, failed) : fd;
}

/** A mapping of the file's first `bytes` bytes where nothing is replaced. */
export function mapFile(fd: number, bytes: number, sharing: number, place: number | undefined): number {
  const flags = sharing | (place === undefined ? 0 : mapFlags.fixedNoReplace);
  const address = mmapAt(place ?? 0, bytes, protection.read | protection.write, flags, fd, 0);
  if (address < 0 || place === undefined || address === place) return address;
  // A kernel before 4.17 took the address as a hint.
  munmapAt(address, bytes);
  return -EEXIST;
}

/** The operations as they should be. */
export const operations: SharedBufferOperations = {
  copyToFd(address, bytes) {
    const fd = filledFile(address, bytes);
    if (fd < 0) return fd;
    const failed = addSealsCall(fd, final);
    return failed < 0 ? closing(fd, failed) : fd;
  },
  allocate(bytes, place) {
    const fd = memfdCall(true);
    if (fd < 0) return fd;
    const failed = truncateWithin(fd, bytes) || addSealsCall(fd, fixedLength);
    if (failed < 0) return closing(fd, failed);
    if (bytes === 0) return { fd, address: 0 };
    const address = mapFile(fd, bytes, mapFlags.shared, place);
    return address < 0 ? closing(fd, address) : { fd, address };
  },
  open(fd, place) {
    // Seals first: a length that was read before the seal was seen may already be history.
    const seals = getSealsCall(fd);
    if (seals < 0) return seals;
    if ((seals & seal.shrink) === 0) return "may shrink";
    const status = statCall(fd);
    if (typeof status === "number") return status;
    const stable = (seals & seal.write) !== 0;
    if (status.bytes === 0) return { address: 0, bytes: 0, stable };
    const address = mapFile(fd, status.bytes, mapFlags.private, place);
    return address < 0 ? address : { address, bytes: status.bytes, stable };
  },
  freeze: (fd) => addSealsCall(fd, final),
  shareInPlace(fd, address, bytes) {
    if (address % pageBytes() !== 0 || bytes % pageBytes() !== 0) return "not whole pages";
    const flags = statusFlagsCall(fd);
    // Linux appends then whatever place pwrite names, and the file's old start would take the memory's place.
    if (flags >= 0 && (flags & O_APPEND) !== 0) return -EINVAL;
    return withSnapshot(address, bytes, (snapshot) => {
      const refused = tryMapping(fd, bytes);
      if (refused < 0) return refused;
      const failed = writeAll(fd, snapshot, bytes);
      return failed < 0 ? failed : mapOver(fd, address, bytes);
    });
  },
  createNamed(name) {
    return shmOpenCall(name, accessMode.readWrite | openFlags.create | openFlags.exclusive);
  },
  removeNamed(fd, name) {
    const ours = statCall(fd);
    if (typeof ours === "number") return -EBADF;
    const named = shmOpenCall(name, accessMode.read);
    if (named < 0) return named;
    const found = statCall(named);
    closeCall(named);
    return isSame(ours, found) ? shmUnlinkCall(name) : -ENOENT;
  },
};

function isSame(ours: FileStatus, found: FileStatus | number): boolean {
  return typeof found === "object" && found.identity === ours.identity;
}

/**
 * Calls `body` with the address of a private copy of the memory at `address`, or answers why there is none.
 *
 * The memory may be a view of the very file that is going to be written: without a copy, writing would change what
 * is still to be written.
 */
export function withSnapshot(address: number, bytes: number, body: (snapshot: number) => number): number {
  // Nobody else gets to see this file: it needs no seals.
  const copy = filledFile(address, bytes);
  if (copy < 0) return copy;
  const snapshot = bytes === 0 ? 0 : mapFile(copy, bytes, mapFlags.private, undefined);
  closeCall(copy);
  const answer = snapshot < 0 ? snapshot : body(snapshot);
  if (snapshot > 0) munmapAt(snapshot, bytes);
  return answer;
}

/** Whether the file can be mapped, shared and writable: tried elsewhere, since trying in place would be too late. */
export function tryMapping(fd: number, bytes: number): number {
  const trial = mapFile(fd, bytes, mapFlags.shared, undefined);
  return trial < 0 ? trial : munmapAt(trial, bytes);
}

/** Maps the file over whatever is at `address`: whole pages are lost, also when a part of them was asked for. */
export function mapOver(fd: number, address: number, bytes: number): number {
  const bits = protection.read | protection.write;
  const placed = mmapAt(address, bytes, bits, mapFlags.shared | mapFlags.fixed, fd, 0);
  return placed < 0 ? placed : 0;
}
