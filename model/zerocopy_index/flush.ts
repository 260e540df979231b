/**
 * What every zero-copy sender of this model does when it sends: how requests are cut into sends, when it stops.
 *
 * @module
 */
import type { World } from "../../lockstep/machine.ts";
import { sendResult } from "./kernel.ts";
import type { Attempt, ZerocopyReply, ZerocopyScope } from "./scope.ts";

/** The requests that a sender holds. */
export interface SendQueue {
  readonly requests: readonly { readonly units: number; readonly sent: number }[];
  /** How many requests, from the front, were sent whole. */
  readonly unsent: number;
}

/** What the kernel looks at. */
export interface SendSurroundings {
  readonly acknowledged: boolean;
  readonly starved: boolean;
}

/** Where two machines differ about a send. */
export interface SendEffects<State> {
  /** Whether the numbers in flight leave no room for another. */
  spanIsUsedUp(state: State): boolean;
  /** Zero-copy sends that the kernel has not notified. */
  inFlight(state: State): number;
  /** Without memory for a notification: whether to copy instead of waiting. */
  copiesInstead(state: State): boolean;
  /** The kernel has answered: units taken, or -1 for a refusal. Advances the queue. */
  answered(state: State, result: number, zerocopy: boolean, world: World<ZerocopyReply>): void;
}

/** Units of the next send. An empty request is a send of its own. */
function nextSendUnits(scope: ZerocopyScope, queue: SendQueue): number {
  let units = 0;
  for (let nth = 0; nth < scope.batchRequests && units < scope.chunkUnits; nth++) {
    const request = queue.requests[queue.unsent + nth];
    if (request === undefined || request.units === 0) break;
    units = Math.min(units + request.units - request.sent, scope.chunkUnits);
  }
  return units;
}

/** Sends what is queued until the kernel takes no more. */
export function flush<State extends SendSurroundings>(
  scope: ZerocopyScope,
  state: State,
  queue: SendQueue,
  effects: SendEffects<State>,
  world: World<ZerocopyReply>,
): Attempt[] {
  const attempts: Attempt[] = [];
  let copying = false;
  while (queue.unsent < queue.requests.length) {
    world.tick();
    const units = nextSendUnits(scope, queue);
    const zerocopy = units >= scope.thresholdUnits && !copying;
    copying = false;
    if (zerocopy && effects.spanIsUsedUp(state)) break;
    const { starved, acknowledged } = state;
    const circumstances = { zerocopy, inFlight: effects.inFlight(state), starved, acknowledged };
    const result = sendResult(scope, units, circumstances, attempts.length, world);
    attempts.push({ units, zerocopy, result });
    effects.answered(state, typeof result === "number" ? result : -1, zerocopy, world);
    if (result === "EAGAIN") break;
    if (result === "ENOBUFS") {
      if (!effects.copiesInstead(state)) break;
      copying = true;
    } else if (result < units) break;
  }
  return attempts;
}
