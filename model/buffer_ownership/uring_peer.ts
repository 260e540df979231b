/**
 * The peer of the mechanism: it connects, brings data, makes room, and receives.
 *
 * @module
 */
import type { World } from "../../lockstep/machine.ts";
import { type BufferOwnershipReply, isNextName, refusals } from "./ownership_vocabulary.ts";
import { access, wake, wakeAccept } from "./uring_kernel.ts";
import { cellContent, type MechanismContext, type UringMechanismState } from "./uring_state.ts";

type State = UringMechanismState;
type Reply = BufferOwnershipReply;

/** A connection comes in. */
export function connect(state: State, as: number, world: World<Reply>): Reply | undefined {
  if (!isNextName(state.connections, as, (status) => status === "none")) {
    return world.refuse(refusals.otherConnectionNext);
  }
  state.connections[as] = "waiting";
  state.backlog.push(as);
  wakeAccept(state);
  return { kind: "connected" };
}

/** The other end of a request's channel does what it does next. */
export function actAsPeer(
  { scope }: MechanismContext,
  state: State,
  name: number,
  world: World<Reply>,
): Reply | undefined {
  const isArmed = (other: number): boolean => other === name;
  const channel = state.channels[name]!;
  switch (channel) {
    case "quiet":
      state.channels[name] = "data";
      wake(state, isArmed);
      return { kind: "acted", seen: "nothing" };
    case "data":
      return world.refuse(refusals.peerHasSent);
    case "spent":
      return world.refuse(refusals.peerWaits);
    case "shut":
      return world.refuse(refusals.channelShut);
    case "full":
      if (scope.class === "zero-copy") return world.refuse(refusals.peerWaits);
      state.channels[name] = "room";
      wake(state, isArmed);
      return { kind: "acted", seen: "nothing" };
    case "room":
      return { kind: "acted", seen: "nothing" };
    case "right":
    case "changed":
      if (scope.class === "zero-copy") return receiveZeroCopy(state, name);
      state.channels[name] = "room";
      return { kind: "acted", seen: channel };
  }
}

/** The payload is read where it lies, as late as this. */
function receiveZeroCopy(state: State, name: number): Reply {
  const { cells } = state.requests[name]!;
  const place = cells.length - 1; // behind the header, where there is one
  const met = access(state, name, place);
  state.channels[name] = "spent";
  state.work.push({ request: name, what: "notification" });
  // Pages that are taken away stay with the kernel as they were.
  const kept = met === "good" || met === "unmapped";
  const right = kept || state.cells[cells[place]!]!.content === cellContent.initialised;
  return { kind: "acted", seen: right ? "right" : "changed" };
}
