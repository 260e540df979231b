/**
 * The calls on memory files, exactly as the kernel answers them: no exception, no loop, no check.
 *
 * Every function returns what the call returned, or the negated errno. `i32` arguments outside their range are
 * the caller's mistake and throw.
 *
 * @see {@link https://man7.org/linux/man-pages/man2/memfd_create.2.html}
 * @see {@link https://man7.org/linux/man-pages/man3/shm_open.3.html}
 * @see {@link https://man7.org/linux/man-pages/man2/F_GET_SEALS.2const.html}
 * @module
 */
import { answered, errnoWord } from "./errno.ts";
import { libcFile, openLibrary } from "./library.ts";
import { cString } from "./memory.ts";

// Results of 32 bits: no call moves more than 0x7ffff000 bytes, and errno would not survive larger ones.
const libc = openLibrary(libcFile, {
  memfd_create: { parameters: ["buffer", "u32"], result: "i32" },
  shm_open: { parameters: ["buffer", "i32", "u32"], result: "i32" },
  shm_unlink: { parameters: ["buffer"], result: "i32" },
  open: { parameters: ["buffer", "i32", "u32"], result: "i32" },
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  dup: { parameters: ["i32"], result: "i32" },
  ftruncate: { parameters: ["i32", "i64"], result: "i32" },
  fallocate: { parameters: ["i32", "i32", "i64", "i64"], result: "i32" },
  lseek: { parameters: ["i32", "i64", "i32"], result: "i32" },
  write: { parameters: ["i32", "buffer", "usize"], result: "i32" },
  writeFromAddress: { name: "write", parameters: ["i32", "usize", "usize"], result: "i32" },
  pwriteFromAddress: { name: "pwrite", parameters: ["i32", "usize", "usize", "i64"], result: "i32" },
  read: { parameters: ["i32", "buffer", "usize"], result: "i32" },
  pread: { parameters: ["i32", "buffer", "usize", "i64"], result: "i32" },
  fcntl: { parameters: ["i32", "i32", "i32"], result: "i32" },
  statx: { parameters: ["i32", "buffer", "i32", "u32", "buffer"], result: "i32" },
});

/** How a description may be used: the access mode of `open(2)`. */
export const accessMode = { read: 0, write: 1, readWrite: 2 } as const;

/** Creation flags of {@link shmOpenCall}. Source: `open(2)`. */
export const openFlags = { create: 0o100, exclusive: 0o200, truncate: 0o1000 } as const;

/** Seals, to be added up. Source: `F_GET_SEALS(2const)`. */
export const seal = { seal: 1, shrink: 2, grow: 4, write: 8, futureWrite: 16 } as const;

/** A status flag of {@link statusFlagsCall}: whatever is written goes to the end. Source: `open(2)`. */
export const O_APPEND = 0o2000;

/** Origins of {@link lseekCall}. Source: `lseek(2)`. */
export const seekFrom = { start: 0, current: 1, end: 2 } as const;

const O_CLOEXEC = 0o2000000;
const [MFD_CLOEXEC, MFD_ALLOW_SEALING] = [1, 2];
const [F_GETFL, F_DUPFD_CLOEXEC, F_ADD_SEALS, F_GET_SEALS] = [3, 1030, 1033, 1034];
const [FALLOC_FL_KEEP_SIZE, FALLOC_FL_PUNCH_HOLE] = [1, 2];
const [AF_UNIX, SOCK_STREAM, SOCK_CLOEXEC] = [1, 1, 0o2000000];
const AT_EMPTY_PATH = 0x1000;
const STATX_BASIC_STATS = 0x7ff;

const memfdName = cString("lockstep");
const empty = cString("");

/** `memfd_create`: a new fd, close-on-exec, or the negated errno. Without `sealable` its seals are frozen. */
export function memfdCall(sealable: boolean): number {
  return answered(
    libc.memfd_create(memfdName, MFD_CLOEXEC | (sealable ? MFD_ALLOW_SEALING : 0)),
    errnoWord[0]!,
  );
}

/** `shm_open` of `name` as it stands, mode 0600: a new fd or the negated errno. */
export function shmOpenCall(name: Uint8Array<ArrayBuffer>, flags: number): number {
  return answered(libc.shm_open(name, flags | O_CLOEXEC, 0o600), errnoWord[0]!);
}

/** `shm_unlink` of `name` as it stands: 0 or the negated errno. */
export function shmUnlinkCall(name: Uint8Array<ArrayBuffer>): number {
  return answered(libc.shm_unlink(name), errnoWord[0]!);
}

/**
 * Opens what `fd` refers to once more, with an offset and an access mode of its own: a new fd or the negated errno.
 * With a `processId` the fd is another process's, which must let us look at it.
 */
export function reopenCall(fd: number, access: number, processId: number | "self" = "self"): number {
  return answered(libc.open(cString(`/proc/${processId}/fd/${fd}`), access | O_CLOEXEC, 0), errnoWord[0]!);
}

/** An unconnected Unix stream socket: a new fd or the negated errno. */
export function socketCall(): number {
  return answered(libc.socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), errnoWord[0]!);
}

/** `close`: 0 or the negated errno. */
export function closeCall(fd: number): number {
  return answered(libc.close(fd), errnoWord[0]!);
}

/** `fcntl(F_DUPFD_CLOEXEC)`: a new fd that shares the description, or the negated errno. */
export function duplicateCall(fd: number): number {
  return answered(libc.fcntl(fd, F_DUPFD_CLOEXEC, 0), errnoWord[0]!);
}

/** `fcntl(F_GETFL)`: access mode and status flags of the description, or the negated errno. */
export function statusFlagsCall(fd: number): number {
  return answered(libc.fcntl(fd, F_GETFL, 0), errnoWord[0]!);
}

/** `ftruncate`: 0 or the negated errno. */
export function truncateCall(fd: number, bytes: number): number {
  return answered(libc.ftruncate(fd, BigInt(bytes)), errnoWord[0]!);
}

/** `fallocate(FALLOC_FL_PUNCH_HOLE)`: 0 or the negated errno. */
export function punchHoleCall(fd: number, offsetBytes: number, bytes: number): number {
  return answered(
    libc.fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, BigInt(offsetBytes), BigInt(bytes)),
    errnoWord[0]!,
  );
}

/** `lseek`: the new offset, which must stay below 2 GiB, or the negated errno. */
export function lseekCall(fd: number, offsetBytes: number, origin: number): number {
  return answered(libc.lseek(fd, BigInt(offsetBytes), origin), errnoWord[0]!);
}

/** `write` of the first `bytes` bytes of `source`: the number written, or the negated errno. */
export function writeCall(fd: number, source: Uint8Array<ArrayBuffer>, bytes: number): number {
  return answered(libc.write(fd, source, BigInt(bytes)), errnoWord[0]!);
}

/** `write` from an address, which may fault: the number written, or the negated errno. */
export function writeFromCall(fd: number, address: number, bytes: number): number {
  return answered(libc.writeFromAddress(fd, BigInt(address), BigInt(bytes)), errnoWord[0]!);
}

/** `pwrite` from an address, which may fault: the number written, or the negated errno. */
export function pwriteFromCall(fd: number, address: number, bytes: number, offsetBytes: number): number {
  return answered(
    libc.pwriteFromAddress(fd, BigInt(address), BigInt(bytes), BigInt(offsetBytes)),
    errnoWord[0]!,
  );
}

/** `read` of up to `bytes` bytes into `target`: the number read, or the negated errno. */
export function readCall(fd: number, target: Uint8Array<ArrayBuffer>, bytes: number): number {
  return answered(libc.read(fd, target, BigInt(bytes)), errnoWord[0]!);
}

/** `pread` of up to `bytes` bytes into `target`: the number read, or the negated errno. */
export function preadCall(
  fd: number,
  target: Uint8Array<ArrayBuffer>,
  bytes: number,
  offsetBytes: number,
): number {
  return answered(libc.pread(fd, target, BigInt(bytes), BigInt(offsetBytes)), errnoWord[0]!);
}

/** `fcntl(F_ADD_SEALS)`: 0 or the negated errno. */
export function addSealsCall(fd: number, seals: number): number {
  return answered(libc.fcntl(fd, F_ADD_SEALS, seals), errnoWord[0]!);
}

/** `fcntl(F_GET_SEALS)`: the seals, or the negated errno. */
export function getSealsCall(fd: number): number {
  return answered(libc.fcntl(fd, F_GET_SEALS, 0), errnoWord[0]!);
}

/** What {@link statCall} found. `identity` is equal for two fds of the same object as long as one of them is open. */
export interface FileStatus {
  readonly bytes: number;
  readonly links: number;
  readonly identity: string;
}

const status = new Uint32Array(64);

/** `statx` of an open fd, or the negated errno. */
export function statCall(fd: number): FileStatus | number {
  const answer = answered(libc.statx(fd, empty, AT_EMPTY_PATH, STATX_BASIC_STATS, status), errnoWord[0]!);
  if (answer < 0) return answer;
  // Word offsets in `struct statx`: nlink 4, ino 8, size 10, device 34.
  const bytes = status[10]! + status[11]! * 2 ** 32;
  return { bytes, links: status[4]!, identity: `${status[34]}:${status[35]}:${status[8]}:${status[9]}` };
}
