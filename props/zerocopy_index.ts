/**
 * Zero-copy index: where the models and the sender on real sockets meet.
 *
 * @module
 */
import { asTarget } from "../lockstep/drive/as_target.ts";
import type { Mistake, Protocol, Scope } from "../lockstep/protocol.ts";
import type { Walk, WalkStep } from "../lockstep/walk.ts";
import { zerocopyIndex } from "../model/zerocopy_index.ts";
import { zerocopyMechanism } from "../model/zerocopy_index/mechanism.ts";
import type { MechanismState } from "../model/zerocopy_index/mechanism_state.ts";
import type {
  Attempt,
  NotificationRecord,
  ZerocopyCommand,
  ZerocopyReply,
  ZerocopyScope,
} from "../model/zerocopy_index/scope.ts";
import { zerocopyMistakes } from "./zerocopy_index/mistakes.ts";
import { zerocopyPicture } from "./zerocopy_index/picture.ts";
import { type Wiring, zerocopyTarget } from "./zerocopy_index/target.ts";

type Seen = WalkStep<MechanismState, ZerocopyCommand, ZerocopyReply>;

const lastId = 2 ** 32 - 1;

const narrow: ZerocopyScope = {
  widthBits: 2,
  buffers: 2,
  requestUnits: [0, 1, 2],
  holding: false,
  chunkUnits: 1,
  thresholdUnits: 0,
  batchRequests: 1,
  spanLimit: 3,
  wireUnits: 1,
  readUnits: 1,
  transport: "stream",
  room: "tight",
  notificationLimit: 0,
  order: "any",
  completions: "when read",
  coalescing: true,
  copied: "either",
  starving: false,
  closing: true,
  limitedPolls: true,
  firstIds: [0, 1, 2, 3],
  numbers: 0,
};

const kernel: ZerocopyScope = {
  widthBits: 32,
  buffers: 3,
  requestUnits: [0, 1, 2, 3],
  holding: true,
  chunkUnits: 2,
  thresholdUnits: 2,
  batchRequests: 4,
  spanLimit: 4,
  wireUnits: 10,
  readUnits: 2,
  transport: "stream",
  room: "tight",
  notificationLimit: 0,
  order: "any",
  completions: "when read",
  coalescing: false,
  copied: "always",
  starving: true,
  closing: true,
  limitedPolls: true,
  firstIds: [0, lastId, lastId - 2],
  numbers: 0,
};

const reordered: ZerocopyScope = {
  ...kernel,
  requestUnits: [0, 1, 2],
  holding: false,
  chunkUnits: 1,
  thresholdUnits: 0,
  batchRequests: 1,
  starving: false,
};

/**
 * The real counter just before it wraps, and fresh, and only a few sends from there: small enough to do every command
 * in every state. What the kernel answers to a datagram is certain; when it notifies a stream is not.
 */
const across: ZerocopyScope = {
  ...kernel,
  buffers: 2,
  requestUnits: [1, 2, 6],
  holding: false,
  batchRequests: 1,
  spanLimit: 2,
  wireUnits: 2,
  readUnits: 4,
  transport: "datagram",
  room: "plenty",
  order: "in order",
  firstIds: [lastId, 0],
  numbers: 3,
};

/** The name of a scope: explored completely, toured on real sockets, or driven on them. */
export type ZerocopyScopeName = ExploredScopeName | RealScopeName;
type ExploredScopeName = "width2" | "batches" | "width3";
type TouredScopeName = "wrap-udp" | "wrap-tcp";
type DrivenScopeName = "kernel" | "ipv6" | "reordered" | "udp";
type RealScopeName = TouredScopeName | DrivenScopeName;

/** Sizes of the scopes. */
export const zerocopySizes: Readonly<Record<ZerocopyScopeName, ZerocopyScope>> = {
  /** Room for a unit that nobody has read when its buffer is filled again. */
  width2: { ...narrow, wireUnits: 2 },
  /** Sends that carry several requests, copies below the threshold, memory used up by others. */
  batches: {
    ...narrow,
    requestUnits: [0, 3],
    holding: true,
    chunkUnits: 2,
    thresholdUnits: 2,
    batchRequests: 2,
    coalescing: false,
    copied: "always",
    starving: true,
  },
  width3: {
    ...narrow,
    widthBits: 3,
    requestUnits: [1, 2],
    spanLimit: 4,
    copied: "always",
    coalescing: false,
    closing: false,
    notificationLimit: 3,
    firstIds: [0, 7],
  },
  kernel,
  ipv6: kernel,
  reordered,
  /** Every datagram is a request of its own, whole. */
  udp: {
    ...reordered,
    requestUnits: [1, 2, 3],
    chunkUnits: 3,
    thresholdUnits: 2,
    transport: "datagram",
    readUnits: 3,
  },
  "wrap-udp": across,
  "wrap-tcp": { ...across, transport: "stream", requestUnits: [0, 1, 6], starving: false },
};

/**
 * Buffers so small that sends are partial and pages stay pinned until the reader reads. The sizes go together: with
 * others the kernel takes odd pieces, or waits for a timer when a window does not open far enough.
 */
const tcp: Wiring = {
  transport: "tcp",
  family: "ipv4",
  unitBytes: 4096,
  receiveBufferBytes: 8192,
  sendBufferBytes: 8192,
};

/** How the scopes on real sockets are wired. */
export const zerocopyWirings: Readonly<Record<RealScopeName, Wiring>> = {
  "wrap-udp": { transport: "udp", family: "ipv6", unitBytes: 2048 },
  "wrap-tcp": { transport: "tcp", family: "ipv4", unitBytes: 4096 },
  kernel: tcp,
  ipv6: { ...tcp, family: "ipv6" },
  reordered: { ...tcp, reordered: true },
  udp: { transport: "udp", family: "ipv4", unitBytes: 2048, reordered: true },
};

function records({ reply }: Seen): readonly NotificationRecord[] {
  return reply.kind === "polled" ? reply.records : [];
}

function attempts({ reply }: Seen): readonly Attempt[] {
  return reply.kind === "polled" || reply.kind === "submitted" ? reply.attempts : [];
}

type Labels = Walk<MechanismState, ZerocopyCommand, ZerocopyReply>["labels"];

const everywhere: Labels = {
  "notified after the wrap": (step) =>
    records(step).some(({ low }) => low > 2 ** 31) && step.after.kernelNextId < 2 ** 31,
  "copied by the kernel": (step) => records(step).some(({ copied }) => copied),
  "no buffer free": ({ reply }) => reply.kind === "full",
  "closed while in flight": ({ reply, after }) => reply.kind === "closed" && after.sends.length > 0,
  "filled after close": ({ reply }) => reply.kind === "filled",
};

const inOrder: Labels = {
  "range wrapped": (step) => records(step).some(({ low, high }) => high < low),
  "merged": (step) => records(step).some(({ low, high }) => low !== high),
};

const overtaking: Labels = {
  "out of order": (step) =>
    records(step).some(({ low }, place, all) => place > 0 && low === (all[place - 1]!.low - 1) >>> 0),
};

const chunking: Labels = {
  "multi-chunk request": ({ after }) => after.books.requests.some(({ waits }) => waits > 1),
};

const crowding: Labels = {
  "partial send": (step) =>
    attempts(step).some(({ units, result }) => typeof result === "number" && result < units),
  "EAGAIN": (step) => attempts(step).some(({ result }) => result === "EAGAIN"),
};

const copying: Labels = {
  "below the threshold": (step) =>
    attempts(step).some(({ units, zerocopy, result }) => !zerocopy && units > 0 && Number(result) > 0),
};

const batching: Labels = {
  "several requests in one send": ({ after }) => after.sends.some(({ reads }) => reads.length > 1),
  "ENOBUFS": (step) => attempts(step).some(({ result }) => result === "ENOBUFS"),
  "copied for want of memory": (step) =>
    attempts(step).some(({ units, zerocopy }, place, all) =>
      !zerocopy && units > 1 && all[place - 1]?.result === "ENOBUFS"
    ),
};

function walk(scope: ZerocopyScope, labels: Labels): Walk<MechanismState, ZerocopyCommand, ZerocopyReply> {
  return {
    weights: {
      submit: 30,
      poll: 30,
      read: 30,
      settle: 15,
      ...(scope.closing ? { close: 1 } : {}),
      ...(scope.starving ? { starve: 6, relieve: 12 } : {}),
    },
    labels,
    epilogue: ({ closed }) =>
      closed ? [{ kind: "settle" }] : [{ kind: "settle" }, { kind: "poll", records: "all" }],
  };
}

const labels: Readonly<Record<RealScopeName, Labels>> = {
  "wrap-udp": {},
  "wrap-tcp": {},
  kernel: { ...everywhere, ...inOrder, ...chunking, ...crowding, ...copying, ...batching },
  ipv6: { ...everywhere, ...inOrder, ...chunking, ...crowding, ...copying, ...batching },
  reordered: { ...everywhere, ...overtaking, ...chunking },
  udp: { ...everywhere, ...overtaking, ...copying },
};

/** One of the scopes that are explored; the mechanism itself stands in for an implementation. */
function explored(name: ExploredScopeName, description: string): Scope {
  const how = zerocopyMechanism(zerocopySizes[name]);
  return {
    description,
    what: zerocopyIndex(zerocopySizes[name]),
    how,
    walk: walk(zerocopySizes[name], {}),
    picture: zerocopyPicture(zerocopySizes[name].widthBits),
    target: asTarget(how),
    use: ["explore", "refines"],
  };
}

/** One of the scopes on real sockets. */
function real(name: RealScopeName, description: string, use: Scope["use"]): Scope {
  return {
    description,
    what: zerocopyIndex(zerocopySizes[name]),
    how: zerocopyMechanism(zerocopySizes[name]),
    walk: walk(zerocopySizes[name], labels[name]),
    picture: zerocopyPicture(zerocopySizes[name].widthBits),
    target: zerocopyTarget(zerocopySizes[name], zerocopyWirings[name]),
    use,
  };
}

/** The zero-copy index, with everything the engines need. */
export const zerocopyIndexProtocol: Protocol = {
  name: "zerocopy-index",
  title: "Zero-copy index: a counter that wraps, shared with the kernel over real MSG_ZEROCOPY sockets",
  scopes: {
    width2: () => explored("width2", "2-bit counter, 2 buffers: explored completely"),
    batches: () =>
      explored("batches", "2-bit counter, shared sends, threshold, ENOBUFS: explored completely"),
    width3: () => explored("width3", "3-bit counter, memory for 3 notifications: explored completely"),
    "wrap-udp": () =>
      real(
        "wrap-udp",
        "32-bit counter, 3 sends across the wrap, UDP over IPv6: explored and toured completely",
        [
          "explore",
          "refines",
          "tour",
        ],
      ),
    "wrap-tcp": () =>
      real(
        "wrap-tcp",
        "32-bit counter, 3 sends across the wrap, TCP over IPv4: explored completely, toured",
        [
          "explore",
          "refines",
          "tour",
        ],
      ),
    kernel: () => real("kernel", "32-bit counter, TCP over IPv4: driven", ["lockstep"]),
    ipv6: () => real("ipv6", "32-bit counter, TCP over IPv6: driven", ["lockstep"]),
    reordered: () => real("reordered", "32-bit counter, TCP, notifications overtake: driven", ["lockstep"]),
    udp: () => real("udp", "32-bit counter, UDP, notifications overtake: driven", ["lockstep"]),
  },
  mistakes: zerocopyMistakes.map(({ Sender, ...words }): Mistake => ({
    ...words,
    foundBy: ["explore", "refines", "lockstep"],
    how: () => zerocopyMechanism(zerocopySizes[words.howScope], words.name),
    target: () =>
      zerocopyTarget(
        zerocopySizes[words.scope],
        zerocopyWirings[words.scope],
        Sender,
        `zero-copy sender with ${words.name}`,
      ),
  })),
};
