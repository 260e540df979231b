/**
 * Typed submission entries: what each operation reads from and writes to, by address.
 *
 * Nothing here keeps memory alive; how long each address must stay valid is the table in `lifetime.ts`.
 *
 * @see {@link https://man7.org/linux/man-pages/man2/io_uring_enter2.2.html}
 * @module
 */
import { cancelFlag, entryFlag, opcode, priorityFlag } from "../../ffi/io_uring.ts";
import type { EntryDetails, Ring } from "./ring.ts";

/** A payload in memory. */
export interface Span {
  readonly address: number;
  readonly bytes: number;
}

/** One submission entry. Every field that ends in `Address` (and `address`) is an address in this process. */
export type Entry =
  | { readonly kind: "nop" }
  | {
    readonly kind: "accept";
    readonly fd: number;
    readonly address?: number;
    readonly lengthAddress?: number;
    readonly multishot?: boolean;
  }
  | ({ readonly kind: "connect"; readonly fd: number } & Span)
  | ({ readonly kind: "bind"; readonly fd: number } & Span)
  | ({ readonly kind: "read" | "write"; readonly fd: number; readonly offset: number } & Span)
  | {
    readonly kind: "readv" | "writev";
    readonly fd: number;
    readonly vectorAddress: number;
    readonly count: number;
    readonly offset: number;
  }
  | ({ readonly kind: "send" | "recv"; readonly fd: number; readonly flags?: number } & Span)
  | ({ readonly kind: "send-zc"; readonly fd: number; readonly reportUsage?: boolean } & Span)
  | {
    readonly kind: "recv-provided";
    readonly fd: number;
    readonly group: number;
    readonly multishot?: boolean;
  }
  | {
    readonly kind: "sendmsg" | "sendmsg-zc" | "recvmsg";
    readonly fd: number;
    readonly headerAddress: number;
    readonly flags?: number;
  }
  | { readonly kind: "timeout"; readonly timespecAddress: number; readonly count?: number }
  | { readonly kind: "link-timeout"; readonly timespecAddress: number }
  | {
    readonly kind: "statx";
    readonly pathAddress: number;
    readonly resultAddress: number;
    readonly mask: number;
  }
  | { readonly kind: "openat"; readonly pathAddress: number; readonly flags: number }
  | {
    readonly kind: "epoll-ctl";
    readonly epoll: number;
    readonly fd: number;
    readonly operation: number;
    readonly eventAddress: number;
  }
  | { readonly kind: "files-update"; readonly fdsAddress: number; readonly count: number }
  | { readonly kind: "poll"; readonly fd: number; readonly events: number }
  | { readonly kind: "close"; readonly fd: number }
  | { readonly kind: "cancel"; readonly target: number }
  | { readonly kind: "cancel-any" };

/** Name of an operation. */
export type EntryKind = Entry["kind"];

const AT_FDCWD = -100;
const O_CLOEXEC = 0o2000000;

/** Operation code of each kind. */
export const opcodeOf: Readonly<Record<EntryKind, number>> = {
  "nop": opcode.nop,
  "accept": opcode.accept,
  "connect": opcode.connect,
  "bind": opcode.bind,
  "read": opcode.read,
  "write": opcode.write,
  "readv": opcode.readv,
  "writev": opcode.writev,
  "send": opcode.send,
  "recv": opcode.recv,
  "send-zc": opcode.sendZc,
  "recv-provided": opcode.recv,
  "sendmsg": opcode.sendmsg,
  "sendmsg-zc": opcode.sendmsgZc,
  "recvmsg": opcode.recvmsg,
  "timeout": opcode.timeout,
  "link-timeout": opcode.linkTimeout,
  "statx": opcode.statx,
  "openat": opcode.openat,
  "epoll-ctl": opcode.epollCtl,
  "files-update": opcode.filesUpdate,
  "poll": opcode.poll,
  "close": opcode.close,
  "cancel": opcode.cancel,
  "cancel-any": opcode.cancel,
};

/**
 * Fills the ring's next entry with `entry`. `link` makes the entry after it wait for its success.
 *
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { prepare } from "./prepare.ts";
 * import { Ring } from "./ring.ts";
 * import { whyNoUring } from "./why_no_uring.ts";
 *
 * if (whyNoUring() === undefined) {
 *   using ring = new Ring({ entries: 8 });
 *   prepare(ring, { kind: "close", fd: 1 << 20 }, 7);
 *   ring.submit(1);
 *   assertEquals(ring.completions(), [{ userData: 7, result: -9, flags: 0 }]); // EBADF
 * }
 * ```
 *
 * @throws {SubmissionQueueFull}
 * @throws {RangeError} when a field does not fit, or the kernel does not know the operation
 */
export function prepare(ring: Ring, entry: Entry, userData: number, link = false): void {
  const code = opcodeOf[entry.kind];
  if (!ring.supports(code)) {
    throw new RangeError(`Cannot prepare ${entry.kind}: this kernel does not know operation ${code}`);
  }
  const details = fill(ring, code, entry, userData);
  if (details === undefined && !link) return;
  try {
    ring.amend({ ...details, flags: (details?.flags ?? 0) | (link ? entryFlag.LINK : 0) });
  } catch (error) {
    ring.retract(1);
    throw error;
  }
}

function fill(ring: Ring, code: number, entry: Entry, userData: number): EntryDetails | undefined {
  switch (entry.kind) {
    case "nop":
      ring.put(code, -1, 0, 0, 0, 0, userData);
      return;
    case "accept":
      ring.put(code, entry.fd, entry.address ?? 0, 0, entry.lengthAddress ?? 0, O_CLOEXEC, userData);
      return entry.multishot === true ? { priority: priorityFlag.ACCEPT_MULTISHOT } : undefined;
    case "connect":
      ring.put(code, entry.fd, entry.address, 0, entry.bytes, 0, userData);
      return;
    case "bind":
      ring.put(code, entry.fd, entry.address, 0, entry.bytes, 0, userData);
      return;
    case "read":
    case "write":
      ring.put(code, entry.fd, entry.address, entry.bytes, entry.offset, 0, userData);
      return;
    case "readv":
    case "writev":
      ring.put(code, entry.fd, entry.vectorAddress, entry.count, entry.offset, 0, userData);
      return;
    case "send":
    case "recv":
      ring.put(code, entry.fd, entry.address, entry.bytes, 0, entry.flags ?? 0, userData);
      return;
    case "send-zc":
      ring.put(code, entry.fd, entry.address, entry.bytes, 0, 0, userData);
      return entry.reportUsage === true ? { priority: priorityFlag.ZC_REPORT_USAGE } : undefined;
    case "recv-provided":
      ring.put(code, entry.fd, 0, 0, 0, 0, userData);
      return {
        flags: entryFlag.BUFFER_SELECT,
        bufferGroup: entry.group,
        priority: entry.multishot === true ? priorityFlag.RECV_MULTISHOT : 0,
      };
    case "sendmsg":
    case "sendmsg-zc":
    case "recvmsg":
      ring.put(code, entry.fd, entry.headerAddress, 1, 0, entry.flags ?? 0, userData);
      return;
    case "timeout":
      ring.put(code, -1, entry.timespecAddress, 1, entry.count ?? 0, 0, userData);
      return;
    case "link-timeout":
      ring.put(code, -1, entry.timespecAddress, 1, 0, 0, userData);
      return;
    case "statx":
      ring.put(code, AT_FDCWD, entry.pathAddress, entry.mask, entry.resultAddress, 0, userData);
      return;
    case "openat":
      ring.put(code, AT_FDCWD, entry.pathAddress, 0, 0, entry.flags | O_CLOEXEC, userData);
      return;
    case "epoll-ctl":
      ring.put(code, entry.epoll, entry.eventAddress, entry.operation, entry.fd, 0, userData);
      return;
    case "files-update":
      ring.put(code, -1, entry.fdsAddress, entry.count, 0, 0, userData);
      return;
    case "poll":
      ring.put(code, entry.fd, 0, 0, 0, entry.events, userData);
      return;
    case "close":
      ring.put(code, entry.fd, 0, 0, 0, 0, userData);
      return;
    case "cancel":
      ring.put(code, -1, entry.target, 0, 0, 0, userData);
      return;
    case "cancel-any":
      ring.put(code, -1, 0, 0, 0, cancelFlag.ANY | cancelFlag.ALL, userData);
      return;
  }
}
