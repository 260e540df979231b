/**
 * The calls that change the address range, and the accesses to it.
 *
 * @module
 */
import type { World } from "../../lockstep/machine.ts";
import { type Answer, done, fail, type Kernel, refusals } from "./answer.ts";
import { hugeCells, type Placement, type SharedBufferReply } from "./command.ts";
import {
  anonymous,
  cellsPerPage,
  descriptionOf,
  hole,
  look,
  type Page,
  pageAt,
  type Protection,
  releaseUnused,
  sealBits,
  type SharedBufferState,
  unmapPage,
} from "./state.ts";

/** A load of the byte at `at`. */
export function load(state: SharedBufferState, at: number): SharedBufferReply {
  const found = look(state, at);
  return typeof found === "number" ? { kind: "loaded", value: found } : { kind: "fault", signal: found };
}

/** A store to the byte at `at`. The first one to a private page makes a copy of the whole page. */
export function store(state: SharedBufferState, at: number, value: number): SharedBufferReply {
  const found = look(state, at);
  const page = pageAt(state, at);
  if (page === undefined || page.protection !== "write") return { kind: "fault", signal: "SIGSEGV" };
  if (typeof found !== "number") return { kind: "fault", signal: found };
  const within = at % cellsPerPage;
  const object = state.objects[page.holds];
  const first = page.filePage * cellsPerPage;
  if (object !== undefined && page.shared) {
    object.contents[first + within] = value;
    return done;
  }
  if (object !== undefined && !page.copied) {
    page.copied = true;
    for (let index = 0; index < cellsPerPage; index++) page.cells[index] = object.contents[first + index]!;
  }
  page.cells[within] = value;
  return done;
}

/** What a call asks to be mapped. */
export interface MapRequest {
  readonly at: number;
  readonly cells: number;
  readonly protection: Protection;
  readonly placement: Placement;
  /** Absent for private memory without a file. */
  readonly file?: { readonly fd: number; readonly offset: number; readonly shared: boolean };
}

/** The pages that `cells` cells from `at` lie on, first and count; a hint is rounded down to its page. */
function pagesOf(request: MapRequest): { first: number; count: number } {
  return { first: Math.floor(request.at / cellsPerPage), count: Math.ceil(request.cells / cellsPerPage) };
}

/** Why a mapping of this file is refused before anything is unmapped, and whether it could be written. */
function judgeFile(
  state: SharedBufferState,
  file: NonNullable<MapRequest["file"]>,
  protection: Protection,
): { refused: SharedBufferReply } | { object: number; mayWrite: boolean } {
  const description = descriptionOf(state, file.fd)!;
  const object = state.objects[description.object]!;
  if (file.shared && protection === "write" && description.access === "read") {
    return { refused: fail("EACCES") };
  }
  if (description.access === "write") return { refused: fail("EACCES") };
  const sealed = (object.seals & (sealBits.write | sealBits.futureWrite)) !== 0;
  if (file.shared && protection === "write" && sealed) return { refused: fail("EPERM") };
  const mayWrite = !file.shared || (description.access === "readWrite" && !sealed);
  return { object: description.object, mayWrite };
}

/**
 * `mmap`.
 *
 * With a hint the kernel may place the mapping anywhere; when it is elsewhere the caller gives it back at once, so
 * that nothing of it stays. A file without a mapping of its own (here a socket) fails only after the old pages
 * are gone: with MAP_FIXED that leaves a hole.
 */
export function mmap(state: SharedBufferState, world: World<SharedBufferReply>, request: MapRequest): Answer {
  const { file, cells, protection, placement } = request;
  if (file !== undefined && file.offset % cellsPerPage !== 0) return fail("EINVAL");
  if (file !== undefined && descriptionOf(state, file.fd) === undefined) return fail("EBADF");
  if (cells === 0) return fail("EINVAL");
  if (cells < 0 || cells >= hugeCells) return fail("ENOMEM");
  if (placement !== "hint" && request.at % cellsPerPage !== 0) return fail("EINVAL");
  const { first, count } = pagesOf(request);
  const pages = state.pages.slice(first, first + count);
  if (pages.length < count) return world.refuse(refusals.noPageLeft);
  const free = pages.every((page) => page.holds === hole);
  if (placement === "fixedNoReplace" && !free) return fail("EEXIST");
  if (file !== undefined && file.offset < 0) return fail("EOVERFLOW");
  const judged = file === undefined
    ? { object: anonymous, mayWrite: true }
    : judgeFile(state, file, protection);
  if ("refused" in judged) return judged.refused;
  const mappable = state.objects[judged.object]?.kind !== "socket";
  const here = mappable && (placement !== "hint" || (free && staysAtHint(world)));
  if (mappable && !here) return { kind: "placed", where: "elsewhere" };
  if (placement !== "hint") pages.forEach(unmapPage);
  if (mappable) pages.forEach((page, index) => fill(page, request, judged, index));
  releaseUnused(state);
  return mappable ? { kind: "placed", where: "here" } : fail("ENODEV");
}

/** POSIX lets the kernel ignore a hint. */
function staysAtHint(world: World<SharedBufferReply>): boolean {
  return world.choose(
    2,
    (heard) => heard.kind !== "placed" ? "impossible" : heard.where === "here" ? 0 : 1,
  ) === 0;
}

/** What a shared, writable mapping of the whole file of `fd` would be answered, wherever there is room for it. */
export function trySharedMapping(state: SharedBufferState, fd: number, cells: number): SharedBufferReply {
  const description = descriptionOf(state, fd);
  if (description === undefined) return fail("EBADF");
  if (cells === 0) return fail("EINVAL");
  const judged = judgeFile(state, { fd, offset: 0, shared: true }, "write");
  if ("refused" in judged) return judged.refused;
  return state.objects[description.object]!.kind === "socket" ? fail("ENODEV") : done;
}

function fill(
  page: Page,
  request: MapRequest,
  judged: { object: number; mayWrite: boolean },
  index: number,
): void {
  unmapPage(page);
  page.holds = judged.object;
  page.filePage = request.file === undefined ? 0 : request.file.offset / cellsPerPage + index;
  page.protection = request.protection;
  page.shared = request.file?.shared ?? false;
  page.mayWrite = judged.mayWrite;
  page.copied = request.file === undefined;
}

/** `munmap`: holes in between are no mistake. */
export function munmap({ state, world }: Kernel, at: number, cells: number): Answer {
  if (at % cellsPerPage !== 0 || cells <= 0 || cells >= hugeCells) return fail("EINVAL");
  const first = at / cellsPerPage;
  const count = Math.ceil(cells / cellsPerPage);
  if (first + count > state.pages.length) return world.refuse(refusals.noPageLeft);
  for (const page of state.pages.slice(first, first + count)) unmapPage(page);
  releaseUnused(state);
  return done;
}

/** `mprotect`, page by page: those before the one that fails stay changed. */
export function mprotect(
  state: SharedBufferState,
  at: number,
  cells: number,
  protection: Protection,
): Answer {
  if (at % cellsPerPage !== 0) return fail("EINVAL");
  if (cells === 0) return done;
  if (cells < 0) return fail("ENOMEM");
  const first = at / cellsPerPage;
  const count = Math.ceil(cells / cellsPerPage);
  for (let index = first; index < first + count; index++) {
    const page = state.pages[index];
    // Nothing ever lies right behind the range.
    if (page === undefined || page.holds === hole) return fail("ENOMEM");
    if (protection === "write" && !page.mayWrite) return fail("EACCES");
    page.protection = protection;
  }
  return done;
}
