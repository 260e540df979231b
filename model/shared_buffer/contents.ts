/**
 * The calls on an open descriptor: length, contents, offset and seals.
 *
 * Each function edits the state and answers. `undefined` says that the scope is too small for the call; nothing
 * has been changed then.
 *
 * @module
 */
import { type Answer, done, fail, type Kernel, refusals } from "./answer.ts";
import type { ErrnoName, SharedBufferReply } from "./command.ts";
import {
  allSeals,
  cellsPerPage,
  descriptionOf,
  type FileObject,
  sealBits,
  type SharedBufferState,
} from "./state.ts";

/** Gives object `index` a length, and drops what lies past it. */
export function resize(state: SharedBufferState, index: number, cells: number): void {
  const object = state.objects[index]!;
  if (cells <= object.cells) {
    // Growing keeps what a mapping has left past the end; any other change of length clears it.
    object.contents.fill(0, cells);
    const firstCut = Math.ceil(cells / cellsPerPage);
    for (const page of state.pages) {
      if (page.holds !== index || !page.copied || page.filePage < firstCut) continue;
      page.copied = false;
      page.cells.fill(0);
    }
  }
  object.cells = cells;
}

/** `ftruncate`. */
export function ftruncate(state: SharedBufferState, fd: number, cells: number): SharedBufferReply {
  if (cells < 0) return fail("EINVAL");
  const description = descriptionOf(state, fd);
  if (description === undefined) return fail("EBADF");
  const object = state.objects[description.object]!;
  if (object.kind === "socket" || description.access === "read") return fail("EINVAL");
  if (cells < object.cells && object.seals & sealBits.shrink) return fail("EPERM");
  if (cells > object.cells && object.seals & sealBits.grow) return fail("EPERM");
  resize(state, description.object, cells);
  return done;
}

/** Where the bytes of a write come from: the value for cell `index`, or undefined when reading it faults. */
export type Source = (index: number) => number | undefined;

/** How far a write comes: cells written, and why it stopped early. */
export interface Written {
  readonly cells: number;
  readonly errno?: ErrnoName;
}

/** Copies page by page of the file, as far as seals and source allow. A page that would pass a seal is not begun. */
export function copyIn(object: FileObject, offset: number, cells: number, source: Source): Written {
  let written = 0;
  while (written < cells) {
    const position = offset + written;
    const chunk = Math.min(cells - written, cellsPerPage - position % cellsPerPage);
    if (object.seals & (sealBits.write | sealBits.futureWrite)) return { cells: written, errno: "EPERM" };
    if (object.seals & sealBits.grow && position + chunk > object.cells) {
      return { cells: written, errno: "EPERM" };
    }
    for (let index = 0; index < chunk; index++) {
      let value = source(written);
      if (value === undefined) {
        // Linux 6.18 lets the file reach this far before it gives up, which may be just what the source lacked.
        object.cells = Math.max(object.cells, position + index);
        value = source(written);
        if (value === undefined) return { cells: written, errno: "EFAULT" };
      }
      object.contents[position + index] = value;
      written += 1;
      object.cells = Math.max(object.cells, offset + written);
    }
  }
  return { cells: written };
}

/** Where a write goes: the description's own offset, which it moves, or a place named by the caller. */
export interface WriteTarget {
  readonly fd: number;
  readonly cells: number;
  readonly offset?: number;
}

/**
 * `write`, or `pwrite` when the target names an offset.
 *
 * POSIX lets any write be short. How far it comes at most is decided here, how far it comes is the world's choice;
 * `isPart` says that the answer heard is not the write's own but that of an operation around it.
 */
export function write(kernel: Kernel, target: WriteTarget, source: Source, isPart = false): Answer {
  const { state, scope, world } = kernel;
  const description = descriptionOf(state, target.fd);
  if (description === undefined || description.access === "read") return fail("EBADF");
  const object = state.objects[description.object]!;
  if (object.kind === "socket") return fail(target.offset === undefined ? "ENOTCONN" : "ESPIPE");
  const from = target.offset ?? description.offset;
  if (from + target.cells > scope.objectCells) return world.refuse(refusals.objectTooSmall);
  const before = { cells: object.cells, contents: [...object.contents] };
  // The source may be a mapping of this very file, which grows meanwhile: only doing it tells how far it comes.
  const most = copyIn(object, from, target.cells, source);
  if (most.cells === 0 && most.errno !== undefined) return fail(most.errno);
  const missing = most.cells < 2 ? 0 : world.choose(most.cells, (heard) => {
    // Whoever loops until all is written gets the same end however the parts were cut.
    if (isPart) return 0;
    const explains = heard.kind === "count" && heard.cells >= 1 && heard.cells <= most.cells;
    return explains ? most.cells - heard.cells : "impossible";
  });
  const written = most.cells - missing;
  if (missing > 0) {
    Object.assign(object, before);
    copyIn(object, from, written, source);
  }
  if (target.offset === undefined) description.offset += written;
  return { kind: "count", cells: written };
}

/** The values that lie in the file from `offset` on, at most `cells` of them. */
function valuesFrom(object: FileObject, offset: number, cells: number): number[] {
  return object.contents.slice(offset, Math.max(offset, Math.min(offset + cells, object.cells)));
}

/** `read` at the description's offset. */
export function read(state: SharedBufferState, fd: number, cells: number): SharedBufferReply {
  const description = descriptionOf(state, fd);
  if (description === undefined || description.access === "write") return fail("EBADF");
  const object = state.objects[description.object]!;
  // A socket that is asked for nothing does not look whether it is connected.
  if (object.kind === "socket") return cells === 0 ? { kind: "values", values: [] } : fail("EINVAL");
  const values = valuesFrom(object, description.offset, cells);
  description.offset += values.length;
  return { kind: "values", values };
}

/** `pread`: the offset of the description is neither used nor moved. */
export function pread(
  state: SharedBufferState,
  fd: number,
  offset: number,
  cells: number,
): SharedBufferReply {
  if (offset < 0) return fail("EINVAL");
  const description = descriptionOf(state, fd);
  if (description === undefined) return fail("EBADF");
  const object = state.objects[description.object]!;
  if (object.kind === "socket") return fail("ESPIPE");
  if (description.access === "write") return fail("EBADF");
  return { kind: "values", values: valuesFrom(object, offset, cells) };
}

/** `lseek`. */
export function lseek(
  { state, scope, world }: Kernel,
  fd: number,
  offset: number,
  from: "start" | "current" | "end",
): Answer {
  const description = descriptionOf(state, fd);
  if (description === undefined) return fail("EBADF");
  const object = state.objects[description.object]!;
  if (object.kind === "socket") return fail("ESPIPE");
  const base = { start: 0, current: description.offset, end: object.cells }[from];
  if (base + offset < 0) return fail("EINVAL");
  if (base + offset > scope.objectCells) return world.refuse(refusals.objectTooSmall);
  description.offset = base + offset;
  return { kind: "count", cells: base + offset };
}

/** `fstat`: the length and the number of names. */
export function fstat(state: SharedBufferState, fd: number): SharedBufferReply {
  const description = descriptionOf(state, fd);
  if (description === undefined) return fail("EBADF");
  const object = state.objects[description.object]!;
  if (object.kind === "socket") return { kind: "status", cells: 0, links: 1 };
  return { kind: "status", cells: object.cells, links: state.names.includes(description.object) ? 1 : 0 };
}

/** `fallocate` with FALLOC_FL_PUNCH_HOLE. Private copies stay; so does the length. */
export function punchHole(
  state: SharedBufferState,
  fd: number,
  offset: number,
  cells: number,
): SharedBufferReply {
  const description = descriptionOf(state, fd);
  if (description === undefined) return fail("EBADF");
  if (offset < 0 || cells <= 0) return fail("EINVAL");
  if (description.access === "read") return fail("EBADF");
  const object = state.objects[description.object]!;
  if (object.kind === "socket") return fail("ENODEV");
  if (object.seals & (sealBits.write | sealBits.futureWrite)) return fail("EPERM");
  object.contents.fill(0, offset, offset + cells);
  return done;
}

/** Whether a mapping could still be used, or made usable, to write to object `index`. */
function hasWriter(state: SharedBufferState, index: number): boolean {
  return state.pages.some((page) => page.holds === index && page.shared && page.mayWrite);
}

/** `fcntl(F_ADD_SEALS)`. */
export function addSeals(state: SharedBufferState, fd: number, seals: number): SharedBufferReply {
  const description = descriptionOf(state, fd);
  if (description === undefined) return fail("EBADF");
  if (description.access === "read") return fail("EPERM");
  const object = state.objects[description.object]!;
  if (seals > allSeals || object.kind === "socket") return fail("EINVAL");
  if (object.seals & sealBits.seal) return fail("EPERM");
  if (seals & ~object.seals & sealBits.write && hasWriter(state, description.object)) return fail("EBUSY");
  object.seals |= seals;
  return done;
}

/** `fcntl(F_GET_SEALS)`. */
export function getSeals(state: SharedBufferState, fd: number): SharedBufferReply {
  const description = descriptionOf(state, fd);
  if (description === undefined) return fail("EBADF");
  const object = state.objects[description.object]!;
  return object.kind === "socket" ? fail("EINVAL") : { kind: "seals", seals: object.seals };
}
