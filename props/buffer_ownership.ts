/**
 * Buffer ownership: where the models and io_uring on the running kernel meet.
 *
 * Each class of operations has three scopes: a default ring, whose completions are there when the peer's call
 * returns; one with DEFER_TASKRUN, where the kernel moves only when it is entered; and the default ring judged by
 * the specification alone, where an early "yes" of the ownership layer is no divergence yet, and only what the kernel
 * does with the memory decides. Known mistakes are driven in the last one.
 *
 * @module
 */
import { sockets } from "../ffi/socket.ts";
import { whyNoZerocopy } from "../ffi/zerocopy_socket.ts";
import { whyNoLatePages } from "../ffi/userfaultfd.ts";
import { whyNoLiburing } from "../ffi/liburing.ts";
import { whyNoIncrementalBuffers, whyNoUring } from "../impl/uring.ts";
import { LiburingOwnedRing } from "../impl/uring/liburing_ring.ts";
import type { Probe, Target } from "../lockstep/machine.ts";
import type { Mistake, Protocol, Scope } from "../lockstep/protocol.ts";
import { bufferOwnership } from "../model/buffer_ownership.ts";
import type { OwnershipClass } from "../model/buffer_ownership/ownership_operations.ts";
import { ownershipMistakes } from "../model/buffer_ownership/ownership_rules.ts";
import type {
  BufferOwnershipCommand,
  BufferOwnershipReply,
  BufferOwnershipScope,
  BufferOwnershipStart,
  BufferOwnershipView,
} from "../model/buffer_ownership/ownership_vocabulary.ts";
import { uringMechanism } from "../model/buffer_ownership/uring_mechanism.ts";
import { noLostWakeUp } from "../model/buffer_ownership/uring_promises.ts";
import type { Fire } from "../model/buffer_ownership/uring_state.ts";
import { uringMistakes } from "./buffer_ownership/mistakes.ts";
import { bufferOwnershipPicture } from "./buffer_ownership/picture.ts";
import { bufferOwnershipTimeline } from "./buffer_ownership/timeline.ts";
import { ownershipWalk } from "./buffer_ownership/walk.ts";
import { BufferOwnershipSubject, correctLayer, type Layer } from "./buffer_ownership/subject.ts";

/** Why nothing can be sent without a copy, or `undefined` when it can. */
function whyNoZeroCopySend(): string | undefined {
  const answer = whyNoZerocopy(sockets.AF_INET, sockets.SOCK_STREAM);
  return answer === undefined ? undefined : `Cannot send without a copy: SO_ZEROCOPY answers ${answer}`;
}

/** What a class needs beyond a ring and can not have here, or `undefined`. */
function whyNoClass(ownershipClass: OwnershipClass): string | undefined {
  switch (ownershipClass) {
    case "zero-copy":
      return whyNoZeroCopySend();
    case "provided":
      return whyNoIncrementalBuffers();
    case "polling":
      return whyNoUring({ pollingThreadIdleMs: 1 }) ?? whyNoLatePages();
    case "accept":
    case "receive":
    case "read":
    case "send":
    case "write":
    case "linked":
    case "submit":
    case "worker":
      return undefined;
  }
}

/** The ownership layer on the running kernel as a target; `layer` puts a mistake in. */
export function bufferOwnershipTarget(
  scope: BufferOwnershipScope,
  fire: Exclude<Fire, "any">,
  layer: Partial<Layer> = {},
  name: string = fire === "enter" ? "io_uring with DEFER_TASKRUN" : "io_uring",
): Target<BufferOwnershipCommand, BufferOwnershipReply, BufferOwnershipStart, BufferOwnershipView> {
  return {
    name,
    probe: (): Probe => {
      const missing = whyNoUring({ deferTaskrun: fire === "enter" }) ?? whyNoClass(scope.class);
      return { missing: missing === undefined ? [] : [missing], facts: {} };
    },
    open: (start) =>
      new BufferOwnershipSubject(scope, fire === "enter", start, { ...correctLayer, ...layer }),
  };
}

/** The size in which a class is explored: 2 requests and 3 cells. */
export function ownershipScope(ownershipClass: OwnershipClass): BufferOwnershipScope {
  // Where the queue must not overflow, because a clock or a thread moves, it has room for everything.
  const completions = ownershipClass === "linked" || ownershipClass === "polling" ? 8 : 4;
  return { class: ownershipClass, requests: 2, cells: 3, completions };
}

/** The classes, as the command line lists them. */
export const ownershipClasses: readonly OwnershipClass[] = [
  "accept",
  "receive",
  "read",
  "send",
  "write",
  "zero-copy",
  "provided",
  "linked",
  "submit",
  "polling",
];

/** Classes in which the kernel has moves of its own besides those that entering makes: it is not driven that way. */
const movesByItself: readonly OwnershipClass[] = ["linked", "polling"];

function scope(ownershipClass: OwnershipClass, fire: Exclude<Fire, "any">): Scope {
  const size = ownershipScope(ownershipClass);
  return {
    description: fire === "enter"
      ? `${ownershipClass}: the kernel moves when it is entered (DEFER_TASKRUN)`
      : `${ownershipClass}: 2 requests, 3 cells, explored completely`,
    what: bufferOwnership(size),
    how: uringMechanism(size, fire),
    walk: ownershipWalk(size, true),
    target: bufferOwnershipTarget(size, fire),
    picture: bufferOwnershipPicture,
    timeline: bufferOwnershipTimeline,
    use: fire === "enter" ? ["lockstep"] : ["explore", "lockstep"],
  };
}

/** Small enough to be refined and toured in a moment. */
function smallScope(ownershipClass: OwnershipClass): Scope {
  const fire = movesByItself.includes(ownershipClass) ? "connect" : "enter";
  const size = { ...ownershipScope(ownershipClass), requests: 1, cells: 2 };
  return {
    description: `${ownershipClass}: 1 request, 2 cells, toured`,
    what: bufferOwnership(size),
    how: uringMechanism(size, fire),
    walk: { labels: {} },
    target: bufferOwnershipTarget(size, fire),
    picture: bufferOwnershipPicture,
    timeline: bufferOwnershipTimeline,
    use: ["refines", "tour"],
  };
}

/** The default ring's mechanism against the specification, with a cell less. */
function refinedScope(ownershipClass: OwnershipClass): Scope {
  const size = { ...ownershipScope(ownershipClass), cells: 2 };
  return {
    ...scope(ownershipClass, "connect"),
    description: `${ownershipClass}: 2 requests, 2 cells, refined`,
    what: bufferOwnership(size),
    how: uringMechanism(size, "connect"),
    walk: ownershipWalk(size, true),
    target: bufferOwnershipTarget(size, "connect"),
    picture: bufferOwnershipPicture,
    timeline: bufferOwnershipTimeline,
    use: ["refines"],
  };
}

/**
 * The classes that are also driven through the system's liburing: setting up, fetching short, waiting. None whose
 * completion queue overflows: liburing fetches what the kernel kept back whenever it submits, ours when it is asked to.
 */
const liburingClasses: readonly OwnershipClass[] = ["receive", "linked", "submit"];

/** The same as the default ring, with liburing in place of our own system calls. */
function liburingScope(ownershipClass: OwnershipClass): Scope {
  const own = scope(ownershipClass, "connect");
  const size = ownershipScope(ownershipClass);
  const target = bufferOwnershipTarget(size, "connect", { ring: LiburingOwnedRing }, "liburing.so.2");
  const probe = (): Probe => {
    const missing = whyNoLiburing();
    return missing === undefined ? target.probe() : { missing: [missing], facts: {} };
  };
  return {
    ...own,
    description: `${ownershipClass}: set up, submitted and waited for by the system's liburing`,
    target: { ...target, probe },
    use: ["lockstep"],
  };
}

/** The sizes in which mistakes are looked for: as small as they show in, so that shorter cases can all be tried. */
const mistakeSizes: Readonly<Record<OwnershipClass, { readonly requests: number; readonly cells: number }>> =
  {
    "accept": { requests: 2, cells: 2 },
    "receive": { requests: 1, cells: 2 },
    "send": { requests: 1, cells: 2 },
    "read": { requests: 1, cells: 2 },
    "write": { requests: 1, cells: 2 },
    "provided": { requests: 1, cells: 1 },
    "linked": { requests: 1, cells: 2 },
    "polling": { requests: 1, cells: 1 },
    "zero-copy": { requests: 1, cells: 1 },
    "submit": { requests: 2, cells: 1 },
    "worker": { requests: 2, cells: 2 },
  };

function mistakeScope(ownershipClass: OwnershipClass): BufferOwnershipScope {
  return { ...ownershipScope(ownershipClass), ...mistakeSizes[ownershipClass] };
}

function kernelScope(ownershipClass: OwnershipClass): Scope {
  const size = mistakeScope(ownershipClass);
  return {
    description: `${ownershipClass}: judged by the specification alone, the kernel decides`,
    what: bufferOwnership(size),
    walk: ownershipWalk(size, false),
    target: bufferOwnershipTarget(size, "connect"),
    picture: bufferOwnershipPicture,
    timeline: bufferOwnershipTimeline,
    use: ownershipClass === "worker" ? ["lockstep"] : [],
  };
}

/** Carried out by another thread: completions come when they come, so only the specification can judge. */
function workerScope(): Scope {
  const size = ownershipScope("worker");
  return {
    description: "worker: 2 requests, 3 cells, explored with completions at any time",
    what: bufferOwnership(size),
    how: uringMechanism(size, "any"),
    walk: ownershipWalk(size, true),
    target: bufferOwnershipTarget(size, "connect"),
    picture: bufferOwnershipPicture,
    timeline: bufferOwnershipTimeline,
    use: ["explore", "refines"],
  };
}

/** The kernel's own: a wake-up that a cancelled accept takes with it. The real ring has it, so nothing diverges. */
const lostWakeUp: Mistake = {
  name: "lost-wake-up",
  title: "a connection waits for ever beside an accept that waits, after another accept was cancelled",
  upstream: "Linux 6.18",
  scope: "accept-enter",
  how: () => {
    // No cells are needed: what is lost is not memory.
    const size = { ...ownershipScope("accept"), cells: 1 };
    return uringMechanism(size, "enter", {}, noLostWakeUp(size, "enter"));
  },
  foundBy: ["explore"],
};

/** Buffer ownership, with everything the engines need. */
export const bufferOwnershipProtocol: Protocol = {
  name: "buffer-ownership",
  title: "Buffer ownership: who owns memory between prep, submit and completion of io_uring requests",
  scopes: {
    ...Object.fromEntries(ownershipClasses.flatMap((name) => [
      [name, () => scope(name, "connect")],
      ...(movesByItself.includes(name)
        ? []
        : [[`${name}-enter`, () => scope(name, "enter")] as [string, () => Scope]]),
      [`${name}-refined`, () => refinedScope(name)],
      [`${name}-small`, () => smallScope(name)],
      [`${name}-kernel`, () => kernelScope(name)],
    ])),
    ...Object.fromEntries(liburingClasses.map((name) => [`${name}-liburing`, () => liburingScope(name)])),
    worker: workerScope,
    "worker-kernel": () => kernelScope("worker"),
  },
  mistakes: [
    ...uringMistakes.map(({ class: name, twin, layer, ...words }): Mistake => ({
      ...words,
      scope: `${name}-kernel`,
      how: () => {
        const fire = name === "worker" ? "any" : "connect";
        return uringMechanism(mistakeScope(name), fire, ownershipMistakes[twin]);
      },
      ...(layer === undefined ? {} : {
        target: () =>
          bufferOwnershipTarget(mistakeScope(name), "connect", layer, `io_uring with ${words.name}`),
      }),
    })),
    lostWakeUp,
  ],
};
