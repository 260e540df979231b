/**
 * What becomes of requests when everybody goes on: the promises of the mechanism about progress.
 *
 * @module
 */
import type { LeadsTo } from "../../lockstep/machine.ts";
import { operationShapes, operationsOf } from "./ownership_operations.ts";
import type { BufferOwnershipCommand, BufferOwnershipScope } from "./ownership_vocabulary.ts";
import type { Fire, UringMechanismState } from "./uring_state.ts";

/** Promises about progress of the mechanism. */
export type UringPromises = Readonly<Record<string, LeadsTo<UringMechanismState, BufferOwnershipCommand>>>;

/** Name of the kernel's own move for a request under `fire: any`. */
export function workMove(name: number): string {
  return `work on request ${name}`;
}

/** Name of the polling thread's own move under `fire: any`. */
export const fetchMove = "fetch an entry";

/** The moves that an application and a kernel that go on do not leave out for ever. */
function fairMoves(scope: BufferOwnershipScope, fire: Fire): readonly string[] {
  const names = Array.from({ length: scope.requests }, (_, name) => name);
  return [
    "submit",
    "enter",
    "reap",
    ...(scope.class === "polling" ? ["poll"] : []),
    ...(fire === "any" ? names.map(workMove) : []),
  ];
}

/** What becomes of requests when the application goes on submitting, entering and reading completions. */
export function liveness(scope: BufferOwnershipScope, fire: Fire): UringPromises {
  const promises: Record<string, LeadsTo<UringMechanismState, BufferOwnershipCommand>> = {};
  const waits = operationsOf[scope.class].some((operation) =>
    ["data", "room"].includes(operationShapes[operation].waitsFor)
  );
  for (let name = 0; name < scope.requests; name++) {
    // What never waits needs no promise: under `connect` it is carried out before anybody looks.
    if (fire !== "connect" && waits) {
      promises[`request ${name} ends when what it waits for is there`] = {
        from: (state) =>
          state.requests[name]!.phase === "armed" && ["data", "room"].includes(state.channels[name]!) &&
          !operationShapes[state.requests[name]!.operation].multishot,
        to: (state) => state.requests[name]!.phase === "idle" || state.requests[name]!.phase === "done",
        weak: fairMoves(scope, fire),
      };
    }
    promises[`request ${name} ends when it is cancelled`] = {
      from: (state) => state.requests[name]!.cancel === "asked",
      to: (state) => state.requests[name]!.phase === "idle",
      // What was sent without copying comes back when the peer has received it, cancelled or not.
      weak: [...fairMoves(scope, fire), ...(scope.class === "zero-copy" ? ["peer"] : [])],
    };
  }
  return promises;
}

/** The promise that Linux does not keep: an accept that waits gets a connection that waits. */
export function noLostWakeUp(scope: BufferOwnershipScope, fire: Fire): UringPromises {
  return {
    "a connection that waits is accepted while an accept waits": {
      from: (state) => state.backlog.length > 0 && state.armed.length > 0,
      to: (state) => state.backlog.length === 0 || state.armed.length === 0,
      weak: fairMoves(scope, fire),
    },
  };
}
