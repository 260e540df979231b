/**
 * Which parts of a state a step may change, and whether it did.
 *
 * @module
 */
import type { DeepReadonly, Step } from "../../lockstep/machine.ts";
import type { SharedBufferCommand, SharedBufferReply } from "./command.ts";
import { anonymous, cellsPerPage, descriptionOf, look, sealBits, type SharedBufferState } from "./state.ts";

type State = DeepReadonly<SharedBufferState>;
/** A step of this machine, for reading. */
export type BufferStep = DeepReadonly<Step<SharedBufferState, SharedBufferCommand, SharedBufferReply>>;

/** Whether the step, a command on files, may change cell `cell` of object `index`. */
export function mayReach(step: BufferStep, index: number, cell: number): boolean {
  const { before, command } = step;
  if (command === undefined) return false;
  const isObject = (fd: number): boolean => descriptionOf(before, fd)?.object === index;
  switch (command.kind) {
    case "store": {
      const page = before.pages[Math.floor(command.at / cellsPerPage)]!;
      return page.holds === index && page.shared &&
        page.filePage * cellsPerPage + command.at % cellsPerPage === cell;
    }
    case "write":
    case "writeFrom": {
      const offset = descriptionOf(before, command.fd)?.offset ?? 0;
      return isObject(command.fd) && cell >= offset && cell < offset + command.cells;
    }
    case "shareInPlace":
      return isObject(command.fd) && cell < command.cells;
    case "ftruncate":
      return isObject(command.fd) && cell >= command.cells;
    case "shmOpen":
      return command.truncate && before.names[command.name] === index;
    case "punchHole":
      return isObject(command.fd) && cell >= command.offset && cell < command.offset + command.cells;
  }
  // Whatever else is asked changes no file.
  return false;
}

/** Whether `holds` is true of every file that existed before and after the step. No step creates one and removes one. */
export function everySurvivor({ before, after }: BufferStep, holds: (index: number) => boolean): boolean {
  for (let index = 0; index < before.objects.length; index++) {
    const survives = before.objects[index]!.kind === "memory" && after.objects[index]!.kind === "memory";
    if (survives && !holds(index)) return false;
  }
  return true;
}

/** Whether loads find the same in both states, wherever they are tried. */
export function sameView(before: State, after: State): boolean {
  for (let at = 0; at < before.pages.length * cellsPerPage; at++) {
    if (look(before, at) !== look(after, at)) return false;
  }
  return true;
}

/** Whether the step may change a private page: a store to it, or a mapping in its place. */
export function mayReachPage({ command }: BufferStep, index: number): boolean {
  if (command?.kind === "store") return Math.floor(command.at / cellsPerPage) === index;
  if (command?.kind !== "mmapAnonymous") return false;
  const first = Math.floor(command.at / cellsPerPage);
  return index >= first && index < first + Math.ceil(command.cells / cellsPerPage);
}

/** Pages without a file are the caller's own memory: a failing operation must not touch them. */
export function sameBuffer({ before, after }: BufferStep): boolean {
  return before.pages.every((page, index) =>
    page.holds !== anonymous ||
    page.cells.every((value, cell) =>
      after.pages[index]!.holds === anonymous && after.pages[index]!.cells[cell] === value
    )
  );
}

/** Whether neither the contents nor the length of file `index` can become less. */
export function isFinal(state: State, index: number): boolean {
  const both = sealBits.write | sealBits.shrink;
  return (state.objects[index]!.seals & both) === both;
}
