/**
 * How buffer ownership is walked: how often each command is drawn, what must be reached, and what shows hidden damage.
 *
 * @module
 */
import type { Walk } from "../../lockstep/walk.ts";
import { hasChannels, type OwnershipClass } from "../../model/buffer_ownership/ownership_operations.ts";
import type { BufferOwnershipState } from "../../model/buffer_ownership/ownership_state.ts";
import type {
  BufferOwnershipCommand,
  BufferOwnershipReply,
  BufferOwnershipScope,
} from "../../model/buffer_ownership/ownership_vocabulary.ts";
import type { UringMechanismState } from "../../model/buffer_ownership/uring_state.ts";

/** What labels and proposals need of a state, in the specification and in the mechanism. */
type WalkedState = BufferOwnershipState | UringMechanismState;

/** A walk of buffer ownership. */
export type OwnershipWalk = Walk<WalkedState, BufferOwnershipCommand, BufferOwnershipReply>;

const labelsOf: Readonly<Record<OwnershipClass, readonly string[]>> = {
  "accept": ["cancelled", "multishot", "overflow", "cancel answered first", "a held cell was refused"],
  "receive": ["cancelled", "cancel came too late", "a held cell was refused"],
  "read": ["cancelled", "cancel came too late", "a held cell was refused"],
  "send": ["cancelled", "sent and received"],
  "write": ["cancelled", "sent and received"],
  "zero-copy": ["notification", "notification after error", "a held cell was refused"],
  "provided": [
    "cancelled",
    "multishot",
    "a cell was filled",
    "a cell was kept",
    "no cell",
    "a held cell was refused",
  ],
  "linked": ["cancelled", "linked", "a timer expired", "a timer was stopped", "a held cell was refused"],
  "submit": ["cancelled", "short submit", "a held cell was refused"],
  "polling": ["cancelled", "published, not fetched", "a held cell was refused"],
  "worker": ["a held cell was refused"],
};

const labels: OwnershipWalk["labels"] = {
  "cancelled": ({ reply }) => reply.kind === "completed" && reply.result === "ECANCELED",
  "multishot": ({ reply }) => reply.kind === "completed" && reply.more && !reply.notification,
  "notification": ({ reply }) => reply.kind === "completed" && reply.notification,
  "short submit": ({ reply, after }) => reply.kind === "submitted" && after.queue.length > 0,
  "notification after error": ({ reply, after }) =>
    reply.kind === "completed" && reply.notification && after.channels[reply.request] === "shut",
  "a cell was filled": ({ reply }) => reply.kind === "completed" && reply.cell >= 0 && !reply.kept,
  "a cell was kept": ({ reply }) => reply.kind === "completed" && reply.kept,
  "no cell": ({ reply }) => reply.kind === "completed" && reply.result === "ENOBUFS",
  "linked": ({ command, reply }) =>
    command.kind === "submit" && reply.kind === "submitted" && reply.count > 1,
  "a timer expired": ({ reply }) => reply.kind === "timer completed" && reply.result === "ETIME",
  "a timer was stopped": ({ reply }) => reply.kind === "timer completed" && reply.result === "ECANCELED",
  "published, not fetched": ({ after }) => after.published > 0,
  "overflow": ({ after }) => "visible" in after && after.visible < after.posted.length,
  "cancel answered first": ({ reply }) => reply.kind === "cancel completed" && reply.result === "ok",
  "cancel came too late": ({ reply }) => reply.kind === "cancel completed" && reply.result === "ENOENT",
  "sent and received": ({ reply }) => reply.kind === "acted" && reply.seen === "right",
  "a held cell was refused": ({ reply }) => reply.kind === "refused",
};

function weightsOf(ownershipClass: OwnershipClass): Readonly<Record<string, number>> {
  const weights = { prepare: 6, submit: 3, enter: 1, reap: 4, release: 3, cancel: 1 };
  return {
    ...weights,
    ...(ownershipClass === "accept" ? { connect: 3 } : {}),
    ...(hasChannels(ownershipClass) ? { peer: 3 } : {}),
    ...(ownershipClass === "provided" ? { provide: 4 } : {}),
    ...(ownershipClass === "polling" ? { poll: 2 } : {}),
  };
}

/** How a class is walked: over the mechanism, or over the specification alone. */
export function ownershipWalk(scope: BufferOwnershipScope, mechanism: boolean): OwnershipWalk {
  const chosen = labelsOf[scope.class].filter((name) => mechanism || name !== "overflow");
  return {
    weights: weightsOf(scope.class),
    labels: Object.fromEntries(chosen.map((name) => [name, labels[name]!])),
    /** While completions pile up, more of them are made: that is how the queue overflows. */
    propose(state, draw) {
      if (!("posted" in state) || state.posted.length < 2 || draw.integer(0, 2) === 0) return undefined;
      const free = state.connections.indexOf("none");
      if (scope.class === "accept" && free >= 0) return { kind: "connect", as: free };
      const request = state.requests.findIndex(({ phase, cancel }) => phase !== "idle" && cancel === "none");
      return request < 0 ? undefined : { kind: "cancel", request };
    },
    /** What has been lost or damaged unseen shows when everything is fetched, entered for and read. */
    epilogue: () => [
      ...(scope.class === "polling" ? [{ kind: "submit" }, { kind: "poll" }] as const : []),
      ...Array.from({ length: 3 }, () => [{ kind: "enter" }, { kind: "reap" }] as const).flat(),
    ],
  };
}
