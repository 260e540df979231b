/**
 * Who owns which memory in a state of buffer ownership, as its drawings say it.
 *
 * @module
 */
import type { DeepReadonly } from "../../lockstep/machine.ts";
import type { Tone } from "../../lockstep/picture.ts";
import { operationShapes } from "../../model/buffer_ownership/ownership_operations.ts";
import type { BufferOwnershipState } from "../../model/buffer_ownership/ownership_state.ts";
import type { UringMechanismState } from "../../model/buffer_ownership/uring_state.ts";

/** A state of the mechanism or of the specification. */
export type OwnershipState = DeepReadonly<UringMechanismState | BufferOwnershipState>;

type Cell = OwnershipState["cells"][number];

/** What a request is called: its operation and its name. */
export function title(state: OwnershipState, name: number): string {
  return `${state.requests[name]!.operation} ${name}`;
}

/**
 * The cells that the kernel may still touch for a request. The mechanism knows where the kernel's pointers lead,
 * whatever its layer believes; the specification knows the layer's word only.
 */
export function reached(state: OwnershipState, name: number): readonly number[] {
  const request = state.requests[name]!;
  if (!("cells" in request)) {
    return state.cells.flatMap(({ status, request: holder }, cell) =>
      status === "held" && holder === name ? [cell] : []
    );
  }
  const { pointers } = operationShapes[request.operation];
  return request.cells.filter((_, place) => {
    switch (request.phase) {
      case "prepared":
        return true;
      case "armed":
        return pointers[place]!.until !== "until-submit";
      case "notifying":
        return pointers[place]!.until === "until-notification";
      case "idle":
      case "posted":
      case "done":
        return false;
    }
  });
}

/** Whether the kernel may touch a cell for a request that the layer does not hold it for. */
export function isExposed(state: OwnershipState, request: number, cell: number): boolean {
  const { status, request: holder } = state.cells[cell]!;
  return status !== "held" || holder !== request;
}

/** Whether the kernel may pick a cell that the layer does not keep for it. */
export function isOffered(state: OwnershipState, name: number): boolean {
  return state.cells[name]!.status !== "provided" && state.provided.some(({ cell }) => cell === name);
}

function wasDamaged(cell: Cell): boolean {
  return cell.status === "free" && "intact" in cell && !cell.intact;
}

/** How a cell looks: exposed and damaged ones are wrong. */
export function cellTone(state: OwnershipState, name: number): Tone {
  const cell = state.cells[name]!;
  const exposed = state.requests.some((_, request) =>
    reached(state, request).includes(name) && isExposed(state, request, name)
  );
  if (exposed || isOffered(state, name) || wasDamaged(cell)) return "wrong";
  switch (cell.status) {
    case "free":
      return "free";
    case "application":
      return "busy";
    case "held":
      return reached(state, cell.request).includes(name) ? "lent" : "done";
    case "provided":
      return "lent";
  }
}

/** Who owns a cell. */
export function cellWords(state: OwnershipState, cell: Cell): string {
  switch (cell.status) {
    case "free":
      return wasDamaged(cell) ? "free, and written" : "free";
    case "application":
      return "application";
    case "held":
      return title(state, cell.request);
    case "provided":
      return "provided";
  }
}

/** Where the kernel is with a request. */
export function phaseWords({ phase }: OwnershipState["requests"][number]): string {
  switch (phase) {
    case "idle":
      return "";
    case "prepared":
      return "not fetched";
    case "armed":
    case "running":
      return "the kernel's";
    case "notifying":
      return "notification to come";
    case "posted":
      return "completion to be read";
    case "done":
      return "over";
  }
}
