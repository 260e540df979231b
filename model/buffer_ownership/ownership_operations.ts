/**
 * The operations of buffer ownership: what each points to, what it waits for, and how it ends.
 *
 * @module
 */
import { type LifetimeClass, lifetimeClasses } from "./lifetime_class.ts";

/**
 * An operation of the model. `accept-alone` asks for no address; `faulty` fails in preparation; `read-file` is carried
 * out by another thread; `recv-timed` and `recv-expiring` have a linked timeout that is far away, or that fires as
 * soon as they wait.
 */
export type OperationName =
  | "accept"
  | "accept-alone"
  | "accept-multishot"
  | "recv"
  | "recvmsg"
  | "read"
  | "readv"
  | "send"
  | "sendmsg"
  | "write"
  | "writev"
  | "send-zc"
  | "sendmsg-zc"
  | "recv-provided"
  | "recv-provided-multishot"
  | "recv-timed"
  | "recv-expiring"
  | "timeout"
  | "connect"
  | "statx"
  | "read-file"
  | "nop"
  | "faulty";

/** What the kernel does with the memory behind a pointer. */
export type Touch = "reads" | "writes" | "updates";

/** One pointer of an operation. */
export interface PointerShape {
  readonly name: string;
  readonly until: LifetimeClass;
  readonly touch: Touch;
}

/** What must be known of an operation. */
export interface OperationShape {
  readonly pointers: readonly PointerShape[];
  /** What it waits for: `"nothing"` completes while it is submitted, `"worker"` is carried out by another thread. */
  readonly waitsFor: "connection" | "data" | "room" | "worker" | "nothing" | "never";
  /** Completes again and again until it is cancelled. */
  readonly multishot: boolean;
  /** A second completion says that the payload may be touched again. */
  readonly notifies: boolean;
  /** The kernel picks a cell among those that were provided. */
  readonly provided: boolean;
  /** A linked timeout belongs to it, which has a completion of its own: `"soon"` fires as soon as the request waits. */
  readonly timer: "none" | "late" | "soon";
}

type Touches = Readonly<Record<string, Touch>>;

function pointersOf(operation: string, touches: Touches): readonly PointerShape[] {
  return Object.entries(touches).map(([name, touch]) => ({
    name,
    touch,
    until: lifetimeClasses[operation]![name]!,
  }));
}

function shape(
  operation: string,
  waitsFor: OperationShape["waitsFor"],
  touches: Touches = {},
  more: Partial<OperationShape> = {},
): OperationShape {
  return {
    pointers: pointersOf(operation, touches),
    waitsFor,
    multishot: false,
    notifies: false,
    provided: false,
    timer: "none",
    ...more,
  };
}

const address: Touches = { length: "updates", address: "writes" };
const payloadWithTimer = [
  ...pointersOf("recv", { payload: "writes" }),
  ...pointersOf("link-timeout", { timespec: "reads" }),
];

/** The operations. The classes of their pointers are those of the lifetime table. */
export const operationShapes: Readonly<Record<OperationName, OperationShape>> = {
  "accept": shape("accept", "connection", address),
  "accept-alone": shape("accept", "connection"),
  "accept-multishot": shape("accept", "connection", address, { multishot: true }),
  "recv": shape("recv", "data", { payload: "writes" }),
  "recvmsg": shape("recvmsg", "data", { header: "updates", payload: "writes" }),
  "read": shape("read", "data", { payload: "writes" }),
  "readv": shape("readv", "data", { vector: "reads", payload: "writes" }),
  "send": shape("send", "room", { payload: "reads" }),
  "sendmsg": shape("sendmsg", "room", { header: "reads", payload: "reads" }),
  "write": shape("write", "room", { payload: "reads" }),
  "writev": shape("writev", "room", { vector: "reads", payload: "reads" }),
  "send-zc": shape("send-zc", "nothing", { payload: "reads" }, { notifies: true }),
  "sendmsg-zc": shape("sendmsg-zc", "nothing", { header: "reads", payload: "reads" }, { notifies: true }),
  "recv-provided": shape("recv-provided", "data", {}, { provided: true }),
  "recv-provided-multishot": shape("recv-provided", "data", {}, { provided: true, multishot: true }),
  "recv-timed": shape("recv", "data", {}, { timer: "late", pointers: payloadWithTimer }),
  "recv-expiring": shape("recv", "data", {}, { timer: "soon", pointers: payloadWithTimer }),
  "timeout": shape("timeout", "never", { timespec: "reads" }),
  "connect": shape("connect", "nothing", { address: "reads" }),
  "statx": shape("statx", "worker", { path: "reads", result: "writes" }),
  "read-file": shape("read", "worker", { payload: "writes" }),
  "nop": shape("nop", "nothing"),
  "faulty": shape("faulty", "nothing"),
};

/** Operations that are explored together. */
export type OwnershipClass =
  | "accept"
  | "receive"
  | "read"
  | "send"
  | "write"
  | "zero-copy"
  | "provided"
  | "linked"
  | "submit"
  | "polling"
  | "worker";

/** The operations of each class. */
export const operationsOf: Readonly<Record<OwnershipClass, readonly OperationName[]>> = {
  "accept": ["accept", "accept-alone", "accept-multishot"],
  "receive": ["recv", "recvmsg"],
  "read": ["read", "readv"],
  "send": ["send", "sendmsg"],
  "write": ["write", "writev"],
  "zero-copy": ["send-zc", "sendmsg-zc"],
  "provided": ["recv-provided", "recv-provided-multishot"],
  "linked": ["recv-timed", "recv-expiring"],
  "submit": ["timeout", "connect", "nop", "faulty"],
  "polling": ["timeout", "connect", "nop"],
  "worker": ["statx", "read-file"],
};

/** Whether a class sends, so that its channels are full at first. */
export function isSending(ownershipClass: OwnershipClass): boolean {
  return ownershipClass === "send" || ownershipClass === "write" || ownershipClass === "zero-copy";
}

/** Whether the requests of a class wait for a peer's data or room. */
export function hasChannels(ownershipClass: OwnershipClass): boolean {
  return isSending(ownershipClass) ||
    operationsOf[ownershipClass].some((operation) => operationShapes[operation].waitsFor === "data");
}
