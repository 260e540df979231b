/**
 * What a small memory manager remembers: pages, objects, names, descriptions and descriptors.
 *
 * Everything is counted in cells: a page has two, and a cell stands for the bytes from its first one to the next
 * cell. Its value is the value of its first byte.
 *
 * @module
 */
import { z } from "zod";
import type { DeepReadonly } from "../../lockstep/machine.ts";

/** Cells of one page. */
export const cellsPerPage = 2;

/** How large everything may become. Sizes are in cells unless the name says otherwise. */
export interface SharedBufferScope {
  /** Pages of the address range. */
  readonly pages: number;
  readonly objects: number;
  /** Most cells an object may hold; a whole number of pages. */
  readonly objectCells: number;
  /** Names in the directory of shared memory. */
  readonly names: number;
  readonly descriptors: number;
  /** Cell values are 0 to values - 1. */
  readonly values: number;
  /** Whether the two cells of a page differ in length: then no memory is copied from one kind to the other. */
  readonly uneven?: true;
}

/** Seal bits, to be added up. Source: `F_GET_SEALS(2const)`. */
export const sealBits = { seal: 1, shrink: 2, grow: 4, write: 8, futureWrite: 16 } as const;
/** All seals that are modelled. */
export const allSeals = 31;
/** A bit that is no seal. (32 is F_SEAL_EXEC, about running a file as a program, which is not modelled.) */
export const unknownSeal = 64;

/** What a page may be accessed for; `write` includes reading. */
export type Protection = "none" | "read" | "write";
/** What a description may be used for. */
export type Access = "read" | "write" | "readWrite";

/** {@link Page.holds} of a page without a mapping. */
export const hole = -2;
/** {@link Page.holds} of a page of private memory without a file. */
export const anonymous = -1;

/** The zod schema of a state in `scope`, and with it the state's type. */
export function stateSchema(scope: SharedBufferScope): z.ZodType<SharedBufferState> {
  const value = z.int().min(0).max(scope.values - 1);
  const cellCount = z.int().min(0).max(scope.objectCells);
  const objectIndex = z.int().min(-1).max(scope.objects - 1);
  return z.strictObject({
    pages: z.array(z.strictObject({
      holds: z.int().min(hole).max(scope.objects - 1),
      filePage: z.int().min(0).max(scope.pages + scope.objectCells / cellsPerPage),
      protection: z.enum(["none", "read", "write"]),
      shared: z.boolean(),
      mayWrite: z.boolean(),
      copied: z.boolean(),
      cells: z.array(value).length(cellsPerPage),
    })).length(scope.pages),
    objects: z.array(z.strictObject({
      kind: z.enum(["none", "memory", "socket"]),
      cells: cellCount,
      contents: z.array(value).length(scope.objectCells),
      seals: z.int().min(0).max(allSeals),
    })).length(scope.objects),
    names: z.array(objectIndex).length(scope.names),
    descriptions: z.array(z.strictObject({
      object: objectIndex,
      offset: cellCount,
      access: z.enum(["read", "write", "readWrite"]),
    })).length(scope.descriptors),
    descriptors: z.array(z.int().min(-1).max(scope.descriptors - 1)).length(scope.descriptors),
  });
}

/** One page of the address range. */
export interface Page {
  /** An object's index, {@link anonymous} or {@link hole}. */
  holds: number;
  filePage: number;
  protection: Protection;
  shared: boolean;
  /** Whether `mprotect` may make it writable. A shared page with this flag counts as a writer of its object. */
  mayWrite: boolean;
  /** A private page of its own, no longer the file's; its contents are in `cells`. */
  copied: boolean;
  cells: number[];
}

/** A memory file, or a socket as an example of a file that can not be mapped. */
export interface FileObject {
  kind: "none" | "memory" | "socket";
  /** Length in cells. */
  cells: number;
  /** All cells up to the end of the last possible page: those past the length are what a mapping still sees. */
  contents: number[];
  seals: number;
}

/** An open file description: what `dup` shares. */
export interface Description {
  object: number;
  /** In cells. */
  offset: number;
  access: Access;
}

/** A state of the machine. */
export interface SharedBufferState {
  pages: Page[];
  objects: FileObject[];
  /** By name: the object's index, or -1. */
  names: number[];
  descriptions: Description[];
  /** By descriptor: the description's index, or -1 when it is closed. */
  descriptors: number[];
}

/** Nothing is mapped, nothing exists. */
export function emptyState(scope: SharedBufferScope): SharedBufferState {
  const list = <Item>(length: number, item: () => Item): Item[] => Array.from({ length }, item);
  const cells = (): number[] => list(cellsPerPage, () => 0);
  const page = (): Page => ({
    holds: hole,
    filePage: 0,
    protection: "none",
    shared: false,
    mayWrite: false,
    copied: false,
    cells: cells(),
  });
  const contents = (): number[] => list(scope.objectCells, () => 0);
  return {
    pages: list(scope.pages, page),
    objects: list(scope.objects, () => ({ kind: "none", cells: 0, contents: contents(), seals: 0 })),
    names: list(scope.names, () => -1),
    descriptions: list(scope.descriptors, () => ({ object: -1, offset: 0, access: "readWrite" })),
    descriptors: list(scope.descriptors, () => -1),
  };
}

/** Turns `page` into a hole; an object that it was the last to hold is given back by {@link releaseUnused}. */
export function unmapPage(page: Page): void {
  page.holds = hole;
  page.filePage = 0;
  page.protection = "none";
  page.shared = false;
  page.mayWrite = false;
  page.copied = false;
  page.cells.fill(0);
}

type Descriptors = Pick<DeepReadonly<SharedBufferState>, "descriptors" | "descriptions">;

/** Where `descriptor` points, or undefined when it is closed. */
export function descriptionOf<Mutability extends Descriptors>(
  state: Mutability,
  descriptor: number,
): Mutability["descriptions"][number] | undefined {
  const index = state.descriptors[descriptor] ?? -1;
  return index < 0 ? undefined : state.descriptions[index];
}

/** Whether anything still refers to object `index`. */
function isHeld(state: SharedBufferState, index: number): boolean {
  return state.names.includes(index) || state.pages.some((page) => page.holds === index) ||
    state.descriptions.some((description) => description.object === index);
}

/** Gives back descriptions without a descriptor and objects without a name, a description or a page. */
export function releaseUnused(state: SharedBufferState): void {
  for (let index = 0; index < state.descriptions.length; index++) {
    const description = state.descriptions[index]!;
    if (description.object < 0 || state.descriptors.includes(index)) continue;
    description.object = -1;
    description.offset = 0;
    description.access = "readWrite";
  }
  for (let index = 0; index < state.objects.length; index++) {
    const object = state.objects[index]!;
    if (object.kind === "none" || isHeld(state, index)) continue;
    object.kind = "none";
    object.cells = 0;
    object.contents.fill(0);
    object.seals = 0;
  }
}

/** Which page a cell address lies in, or undefined outside the range. */
export function pageAt(state: SharedBufferState, at: number): Page | undefined {
  return state.pages[Math.floor(at / cellsPerPage)];
}

/** What a load at cell address `at` finds: a value, or the signal that it raises. */
export function look(state: DeepReadonly<SharedBufferState>, at: number): number | "SIGSEGV" | "SIGBUS" {
  const page = state.pages[Math.floor(at / cellsPerPage)];
  if (page === undefined || page.holds === hole || page.protection === "none") return "SIGSEGV";
  const within = at % cellsPerPage;
  if (page.holds === anonymous) return page.cells[within]!;
  const object = state.objects[page.holds]!;
  const first = page.filePage * cellsPerPage;
  // Even a private copy dies with the page of the file that it was made from.
  if (first >= object.cells) return "SIGBUS";
  return page.copied ? page.cells[within]! : object.contents[first + within]!;
}
