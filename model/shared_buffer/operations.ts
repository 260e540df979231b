/**
 * The operations that users want, as promises and as procedures.
 *
 * {@link promised} says in one stroke what each operation does. {@link carriedOut} does it with calls of the
 * kernel, as `impl/shared_buffer.ts` does; each of its writes may be short. That the second never answers what
 * the first forbids is proved by exploring both together.
 *
 * @module
 */
import { type Answer, done, fail, type Kernel, refusals } from "./answer.ts";
import type { SharedBufferReply } from "./command.ts";
import { addSeals, copyIn, ftruncate, getSeals, type Source, write } from "./contents.ts";
import { mmap, trySharedMapping } from "./mapping.ts";
import { close, createObject, isNextDescriptor, shmOpen, shmUnlink } from "./opening.ts";
import {
  cellsPerPage,
  descriptionOf,
  hole,
  look,
  releaseUnused,
  sealBits,
  type SharedBufferState,
} from "./state.ts";

/** A buffer in the address range, and the slot that its descriptor gets. */
export interface BufferToFd {
  readonly at: number;
  readonly cells: number;
  readonly as: number;
}

/** How the operations are done. A mistake is a set of rules with one of them changed. */
export interface OperationRules {
  /** A sealed copy of a buffer as a descriptor whose offset is 0; all of it or an error. */
  bufferToFd(kernel: Kernel, request: BufferToFd): Answer;
  /** Memory that is a file from the start. */
  allocateShared(kernel: Kernel, request: BufferToFd): Answer;
  /** Maps a file of somebody else, privately, after looking at its seals. */
  openShared(kernel: Kernel, fd: number, at: number): Answer;
  /** Makes a file's contents and length final. */
  freezeShared(kernel: Kernel, fd: number): Answer;
  /** Moves whole pages of a buffer into a file and maps it in their place. */
  shareInPlace(kernel: Kernel, fd: number, at: number, cells: number): Answer;
  /** Creates an object under a name that nobody has. */
  createNamed(kernel: Kernel, name: number, as: number): Answer;
  /** Removes a name, provided that it is still the name of the object behind `fd`. */
  removeNamed(kernel: Kernel, fd: number, name: number): Answer;
}

/** Seals of a file whose length is final. */
export const fixedLength: number = sealBits.shrink | sealBits.grow;
/** Seals of a file of which nothing changes any more. */
export const final: number = fixedLength | sealBits.write | sealBits.seal;

/** Why no new object can be opened as `as` here; `undefined` = it can. */
function noRoom({ state }: Kernel, as: number): string | undefined {
  if (!isNextDescriptor(state, as)) return refusals.otherDescriptorNext;
  return state.objects.some((object) => object.kind === "none") ? undefined : refusals.noObjectLeft;
}

/** What loads of the buffer find, or undefined when one of them faults. */
export function valuesAt(state: SharedBufferState, at: number, cells: number): number[] | undefined {
  const values: number[] = [];
  for (let index = 0; index < cells; index++) {
    const found = look(state, at + index);
    if (typeof found !== "number") return undefined;
    values.push(found);
  }
  return values;
}

/** The buffer at `at` as the source of a write. */
export function bufferAt(state: SharedBufferState, at: number): Source {
  return (index) => {
    const found = look(state, at + index);
    return typeof found === "number" ? found : undefined;
  };
}

/** What the operations promise. */
export const promised: OperationRules = {
  bufferToFd(kernel, { at, cells, as }) {
    const crowded = noRoom(kernel, as);
    if (crowded !== undefined) return kernel.world.refuse(crowded);
    const values = valuesAt(kernel.state, at, cells);
    if (values === undefined) return fail("EFAULT");
    const object = kernel.state.objects[createObject(kernel, as, "memory", final)!]!;
    object.cells = cells;
    values.forEach((value, index) => object.contents[index] = value);
    return done;
  },
  allocateShared(kernel, { at, cells, as }) {
    const crowded = at % cellsPerPage === 0 ? noRoom(kernel, as) : refusals.noPageLeft;
    if (crowded !== undefined) return kernel.world.refuse(crowded);
    const first = at / cellsPerPage;
    const count = Math.ceil(cells / cellsPerPage);
    const pages = kernel.state.pages.slice(first, first + count);
    if (pages.length < count) return kernel.world.refuse(refusals.noPageLeft);
    if (pages.some((page) => page.holds !== hole)) return fail("EEXIST");
    const holds = createObject(kernel, as, "memory", fixedLength)!;
    kernel.state.objects[holds]!.cells = cells;
    pages.forEach((page, filePage) =>
      Object.assign(page, { holds, filePage, protection: "write", shared: true, mayWrite: true })
    );
    return done;
  },
  openShared(kernel, fd, at) {
    const description = descriptionOf(kernel.state, fd);
    if (description === undefined) return fail("EBADF");
    const object = kernel.state.objects[description.object]!;
    if (object.kind === "socket") return fail("EINVAL");
    if ((object.seals & sealBits.shrink) === 0) return { kind: "refused", because: "may shrink" };
    const stable = (object.seals & sealBits.write) !== 0;
    if (object.cells === 0) return { kind: "opened", cells: 0, stable };
    const placed = mapPrivately(kernel, fd, at, object.cells);
    return placed?.kind === "placed" ? { kind: "opened", cells: object.cells, stable } : placed;
  },
  freezeShared: (kernel, fd) => addSeals(kernel.state, fd, final),
  shareInPlace(kernel, fd, at, cells) {
    if (at % cellsPerPage !== 0 || cells % cellsPerPage !== 0) return notWholePages;
    const { state, scope, world } = kernel;
    if (at + cells > state.pages.length * cellsPerPage) return world.refuse(refusals.noPageLeft);
    if (cells > scope.objectCells) return world.refuse(refusals.objectTooSmall);
    const values = valuesAt(state, at, cells);
    if (values === undefined) return fail("EFAULT");
    const possible = trySharedMapping(state, fd, cells);
    if (possible.kind !== "done") return possible;
    const object = state.objects[descriptionOf(state, fd)!.object]!;
    const { errno } = copyIn(object, 0, cells, (index) => values[index]);
    if (errno !== undefined) return fail(errno);
    return mapOver(kernel, fd, at, cells);
  },
  createNamed(kernel, name, as) {
    if (!isNextDescriptor(kernel.state, as)) return kernel.world.refuse(refusals.otherDescriptorNext);
    if (kernel.state.names[name]! >= 0) return fail("EEXIST");
    const crowded = noRoom(kernel, as);
    if (crowded !== undefined) return kernel.world.refuse(crowded);
    kernel.state.names[name] = createObject(kernel, as, "memory", sealBits.seal)!;
    return done;
  },
  removeNamed({ state }, fd, name) {
    const description = descriptionOf(state, fd);
    if (description === undefined) return fail("EBADF");
    if (state.names[name] !== description.object) return fail("ENOENT");
    state.names[name] = -1;
    releaseUnused(state);
    return done;
  },
};

/** The answer to a length or an address that is not a whole number of pages. */
export const notWholePages: SharedBufferReply = { kind: "refused", because: "not whole pages" };

/** Maps a file privately and writable, so that a store by accident stays private and ends nobody. */
export function mapPrivately({ state, world }: Kernel, fd: number, at: number, cells: number): Answer {
  const file = { fd, offset: 0, shared: false };
  return mmap(state, world, { at, cells, protection: "write", placement: "fixedNoReplace", file });
}

/** Maps the file shared and writable over whatever is there. */
export function mapOver({ state, world }: Kernel, fd: number, at: number, cells: number): Answer {
  const file = { fd, offset: 0, shared: true };
  const placed = mmap(state, world, { at, cells, protection: "write", placement: "fixed", file });
  return placed?.kind === "placed" ? done : placed;
}

/** Writes everything to the start of the file, however often it takes. */
export function writeAll(kernel: Kernel, fd: number, cells: number, source: Source): Answer {
  let written = 0;
  while (written < cells) {
    kernel.world.tick();
    const rest = (index: number): number | undefined => source(written + index);
    const answer = write(kernel, { fd, cells: cells - written, offset: written }, rest, true);
    if (answer?.kind !== "count") return answer;
    written += answer.cells;
  }
  return done;
}

/** How `impl/shared_buffer.ts` keeps the promises. */
export const carriedOut: OperationRules = {
  bufferToFd(kernel, { at, cells, as }) {
    const crowded = noRoom(kernel, as);
    if (crowded !== undefined) return kernel.world.refuse(crowded);
    createObject(kernel, as, "memory", 0);
    const written = writeAll(kernel, as, cells, bufferAt(kernel.state, at));
    if (written?.kind !== "done") {
      close(kernel.state, as);
      return written;
    }
    return addSeals(kernel.state, as, final);
  },
  allocateShared(kernel, { at, cells, as }) {
    const crowded = at % cellsPerPage === 0 ? noRoom(kernel, as) : refusals.noPageLeft;
    if (crowded !== undefined) return kernel.world.refuse(crowded);
    if (at + cells > kernel.state.pages.length * cellsPerPage) {
      return kernel.world.refuse(refusals.noPageLeft);
    }
    createObject(kernel, as, "memory", 0);
    ftruncate(kernel.state, as, cells);
    addSeals(kernel.state, as, fixedLength);
    if (cells === 0) return done;
    const file = { fd: as, offset: 0, shared: true };
    const request = { at, cells, protection: "write", placement: "fixedNoReplace", file } as const;
    const placed = mmap(kernel.state, kernel.world, request);
    if (placed?.kind === "placed") return done;
    close(kernel.state, as);
    return placed;
  },
  openShared(kernel, fd, at) {
    const seals = getSeals(kernel.state, fd);
    if (seals.kind !== "seals") return seals;
    if ((seals.seals & sealBits.shrink) === 0) return { kind: "refused", because: "may shrink" };
    const stable = (seals.seals & sealBits.write) !== 0;
    const { cells } = kernel.state.objects[descriptionOf(kernel.state, fd)!.object]!;
    if (cells === 0) return { kind: "opened", cells, stable };
    const placed = mapPrivately(kernel, fd, at, cells);
    return placed?.kind === "placed" ? { kind: "opened", cells, stable } : placed;
  },
  freezeShared: (kernel, fd) => addSeals(kernel.state, fd, final),
  shareInPlace(kernel, fd, at, cells) {
    if (at % cellsPerPage !== 0 || cells % cellsPerPage !== 0) return notWholePages;
    const { state, scope, world } = kernel;
    if (at + cells > state.pages.length * cellsPerPage) return world.refuse(refusals.noPageLeft);
    if (cells > scope.objectCells) return world.refuse(refusals.objectTooSmall);
    const values = valuesAt(state, at, cells);
    if (values === undefined) return fail("EFAULT");
    const possible = trySharedMapping(state, fd, cells);
    if (possible.kind !== "done") return possible;
    const written = writeAll(kernel, fd, cells, (index) => values[index]);
    return written?.kind === "done" ? mapOver(kernel, fd, at, cells) : written;
  },
  createNamed(kernel, name, as) {
    return shmOpen(kernel, name, as, { create: true, exclusive: true, truncate: false, access: "readWrite" });
  },
  removeNamed({ state }, fd, name) {
    const description = descriptionOf(state, fd);
    if (description === undefined) return fail("EBADF");
    return state.names[name] === description.object ? shmUnlink(state, name) : fail("ENOENT");
  },
};
