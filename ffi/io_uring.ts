/**
 * io_uring as the kernel offers it: three system calls, their flags, and where the fields of its structures lie.
 *
 * @see {@link https://man7.org/linux/man-pages/man7/io_uring.7.html}
 * @see {@link https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/include/uapi/linux/io_uring.h}
 * @module
 */
import { ErrnoError, errnoWord } from "./errno.ts";
import { EnvironmentError, libcFile, openLibrary } from "./library.ts";

const libc = openLibrary(libcFile, {
  setup: { name: "syscall", parameters: ["i32", "u32", "buffer"], result: "i32" },
  enter: { name: "syscall", parameters: ["i32", "i32", "u32", "u32", "u32", "pointer"], result: "i32" },
  enterWith: {
    name: "syscall",
    parameters: ["i32", "i32", "u32", "u32", "u32", "buffer", "usize"],
    result: "i32",
  },
  register: { name: "syscall", parameters: ["i32", "i32", "u32", "buffer", "u32"], result: "i32" },
});
const [SETUP, ENTER, REGISTER] = [425, 426, 427];

/** Operation codes, `enum io_uring_op`. */
export const opcode = {
  nop: 0,
  readv: 1,
  writev: 2,
  fsync: 3,
  poll: 6,
  sendmsg: 9,
  recvmsg: 10,
  timeout: 11,
  accept: 13,
  cancel: 14,
  linkTimeout: 15,
  connect: 16,
  openat: 18,
  close: 19,
  filesUpdate: 20,
  statx: 21,
  read: 22,
  write: 23,
  send: 26,
  recv: 27,
  epollCtl: 29,
  sendZc: 47,
  sendmsgZc: 48,
  bind: 56,
} as const;

/** Flags of `io_uring_setup`. */
export const setupFlag = {
  SQPOLL: 2,
  CQSIZE: 8,
  R_DISABLED: 0x40,
  SUBMIT_ALL: 0x80,
  COOP_TASKRUN: 0x100,
  TASKRUN_FLAG: 0x200,
  SINGLE_ISSUER: 0x1000,
  DEFER_TASKRUN: 0x2000,
} as const;

/** What the kernel says it can do, `params.features`. */
export const feature = { SINGLE_MMAP: 1, NODROP: 2, SUBMIT_STABLE: 4, EXT_ARG: 0x100 } as const;

/** Flags of `io_uring_enter`. */
export const enterFlag = { GETEVENTS: 1, SQ_WAKEUP: 2, SQ_WAIT: 4, EXT_ARG: 8 } as const;

/** Flags of a submission entry. */
export const entryFlag = {
  FIXED_FILE: 1,
  DRAIN: 2,
  LINK: 4,
  HARDLINK: 8,
  ASYNC: 16,
  BUFFER_SELECT: 32,
  CQE_SKIP_SUCCESS: 64,
} as const;

/** Flags of a completion. The buffer's id stands in the upper 16 bits when `BUFFER` is set. */
export const completionFlag = { BUFFER: 1, MORE: 2, SOCK_NONEMPTY: 4, NOTIF: 8, BUF_MORE: 16 } as const;

/** Flags that the kernel sets in the submission queue. */
export const queueFlag = { NEED_WAKEUP: 1, CQ_OVERFLOW: 2, TASKRUN: 4 } as const;

/** Flags of a cancel request. */
export const cancelFlag = { ALL: 1, FD: 2, ANY: 4 } as const;

/** Flags in an entry's `ioprio` field. */
export const priorityFlag = { ACCEPT_MULTISHOT: 1, RECV_MULTISHOT: 2, ZC_REPORT_USAGE: 8 } as const;

/** Codes of `io_uring_register`. */
export const registration = { PROBE: 8, ENABLE_RINGS: 12, PBUF_RING: 22, UNREGISTER_PBUF_RING: 23 } as const;

/** A provided-buffer ring keeps a buffer that still has room. */
export const BUF_RING_INCREMENTAL = 2;

/** Offsets that `mmap` understands on a ring's fd. */
export const ringOffset = { SQ: 0, CQ: 0x800_0000, SQES: 0x1000_0000 } as const;

/** Bytes of a submission entry. */
export const entryBytes = 64;

/** Bytes of a completion. */
export const completionBytes = 16;

/** What `io_uring_setup` was given and has answered. */
export interface RingParameters {
  readonly sqEntries: number;
  readonly cqEntries: number;
  readonly features: number;
  /** Byte offsets in the mapping of the submission queue. */
  readonly sq: Readonly<Record<"head" | "tail" | "mask" | "entries" | "flags" | "dropped" | "array", number>>;
  /** Byte offsets in the mapping of the completion queue. */
  readonly cq: Readonly<Record<"head" | "tail" | "mask" | "entries" | "overflow" | "completions", number>>;
}

/** What `io_uring_setup` is asked for. */
export interface RingRequest {
  readonly entries: number;
  readonly flags: number;
  /** 0 for as many as the kernel thinks fit. */
  readonly cqEntries: number;
  readonly sqIdleMs: number;
}

/** `struct io_uring_params` as the kernel wants it. */
export function ringParams(request: RingRequest): Uint32Array<ArrayBuffer> {
  const params = new Uint32Array(30);
  params[1] = request.cqEntries;
  params[2] = request.flags;
  params[4] = request.sqIdleMs;
  return params;
}

/** What a filled `struct io_uring_params` says. */
export function ringParameters(params: Uint32Array): RingParameters {
  const word = (index: number): number => params[index]!;
  return {
    sqEntries: word(0),
    cqEntries: word(1),
    features: word(5),
    sq: {
      head: word(10),
      tail: word(11),
      mask: word(12),
      entries: word(13),
      flags: word(14),
      dropped: word(15),
      array: word(16),
    },
    cq: {
      head: word(20),
      tail: word(21),
      mask: word(22),
      entries: word(23),
      overflow: word(24),
      completions: word(25),
    },
  };
}

/** Why a ring could not be opened: what this machine lacks, or what the kernel has against the request. */
export function ringFailure(code: number): EnvironmentError | ErrnoError {
  const failure = new ErrnoError("open ring", code);
  if (failure.code !== "ENOSYS" && failure.code !== "EPERM") return failure;
  const reason = failure.code === "ENOSYS" ? "not built in" : "refused";
  return new EnvironmentError(`Cannot open ring: io_uring is ${reason} here (${failure.code})`);
}

/**
 * Creates a ring and says where its parts lie. The caller closes the fd.
 *
 * @throws {EnvironmentError} when io_uring is switched off or refused here
 * @throws {ErrnoError} for everything else, for example EINVAL for flags that do not go together
 */
export function ringSetup(
  request: RingRequest,
): { readonly fd: number; readonly parameters: RingParameters } {
  const params = ringParams(request);
  const fd = libc.setup(SETUP, request.entries, new Uint8Array(params.buffer));
  if (fd < 0) throw ringFailure(errnoWord[0]!);
  return { fd, parameters: ringParameters(params) };
}

/** `io_uring_enter` without an argument: entries consumed, or a negative errno. */
export function ringEnter(fd: number, submitCount: number, waitCount: number, flags: number): number {
  const result = libc.enter(ENTER, fd, submitCount, waitCount, flags, null);
  return result < 0 ? -errnoWord[0]! : result;
}

const waitArgument = new BigUint64Array(5);
const waitArgumentBytes = new Uint8Array(waitArgument.buffer, 0, 24);
let timespecAddress: bigint | undefined;

/** `io_uring_enter` that waits for `waitCount` completions, `timeoutMs` at the longest; negative errno, ETIME included. */
export function ringWait(fd: number, waitCount: number, timeoutMs: number): number {
  // The argument structure (24 bytes) and its timespec (16) lie in one buffer that lives as long as the module.
  timespecAddress ??= Deno.UnsafePointer.value(Deno.UnsafePointer.of(waitArgument)) + 24n;
  waitArgument[2] = timespecAddress;
  waitArgument[3] = BigInt(Math.floor(timeoutMs / 1000));
  waitArgument[4] = BigInt(Math.floor((timeoutMs % 1000) * 1e6));
  const flags = enterFlag.GETEVENTS | enterFlag.EXT_ARG;
  const result = libc.enterWith(ENTER, fd, 0, waitCount, flags, waitArgumentBytes, 24n);
  return result < 0 ? -errnoWord[0]! : result;
}

/** `io_uring_register`. @throws {ErrnoError} */
export function ringRegister(
  fd: number,
  code: number,
  argument: Uint8Array<ArrayBuffer> | null,
  count: number,
): number {
  const result = libc.register(REGISTER, fd, code, argument, count);
  if (result < 0) throw new ErrnoError(`register with ring (code ${code})`, errnoWord[0]!);
  return result;
}

/** Operation codes that this kernel carries out, from `IORING_REGISTER_PROBE`. @throws {ErrnoError} */
export function ringProbe(fd: number): ReadonlySet<number> {
  const probe = new Uint8Array(16 + 256 * 8);
  ringRegister(fd, registration.PROBE, probe, 256);
  const supported = new Set<number>();
  for (let index = 0; index < probe[1]!; index++) {
    if ((probe[16 + index * 8 + 2]! & 1) !== 0) supported.add(probe[16 + index * 8]!);
  }
  return supported;
}
