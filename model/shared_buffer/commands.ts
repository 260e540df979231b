/**
 * The commands of a scope: all that matter where everything is explored, and a choice with one odd field at a time
 * where the scope is too large for all.
 *
 * @module
 */
import {
  badNames,
  every,
  hugeCells,
  keepsParity,
  type Placement,
  type SharedBufferCommand as Command,
} from "./command.ts";
import {
  type Access,
  cellsPerPage,
  type Protection,
  sealBits,
  type SharedBufferScope,
  unknownSeal,
} from "./state.ts";

const protections: readonly Protection[] = ["write", "read", "none"];
const fixed: readonly Placement[] = ["fixed", "fixedNoReplace"];
const both: readonly boolean[] = [false, true];

function upTo(count: number): number[] {
  return Array.from({ length: Math.max(count, 0) }, (_, index) => index);
}

/** Commands on one page and two descriptors: mappings, contents and seals. */
export function mappingCommands(scope: SharedBufferScope): readonly Command[] {
  const at = upTo(scope.pages * cellsPerPage);
  const fd = upTo(scope.descriptors);
  const value = upTo(scope.values);
  const cells = [1, scope.objectCells];
  return [
    ...every("load", { at }),
    ...every("store", { at, value }),
    ...every("memfd", { as: [0], sealable: [true] }),
    ...every("reopen", { fd: [0], as: [1], access: ["read"] }),
    ...every("mmap", {
      fd,
      at: [0],
      cells: [1],
      offset: [0],
      protection: ["write", "read"],
      shared: both,
      placement: fixed,
    }),
    ...every("mmapAnonymous", { at: [0], cells: [1], protection: ["write"], placement: ["fixed", "hint"] }),
    ...every("munmap", { at: [0], cells: [2] }),
    ...every("mprotect", { at: [0], cells: [2], protection: protections }),
    ...every("ftruncate", { fd: [0], cells: upTo(scope.objectCells + 1) }),
    ...every("write", { fd: [0], cells, value }),
    ...every("pread", { fd: [0], offset: [0], cells: [scope.objectCells] }),
    ...every("lseek", { fd: [0], offset: [0], from: ["start"] }),
    ...every("punchHole", { fd: [0], offset: [0, 1], cells: [1] }),
    ...every("addSeals", {
      fd: [0],
      seals: [sealBits.futureWrite, sealBits.write, sealBits.shrink, sealBits.grow],
    }),
    ...every("close", { fd }),
  ];
}

/** Commands of the operations on the first page, and those that show what they did; the second page stays a hole. */
export function operationCommands(scope: SharedBufferScope): readonly Command[] {
  const fd = upTo(scope.descriptors);
  // A file can only be created where one is missing, so that no further slot is ever the next one.
  const as = upTo(Math.min(scope.objects, scope.descriptors));
  const at = upTo(cellsPerPage);
  return [
    ...every("bufferToFd", { at: [0, 1], cells: [2, 1, 0], as }),
    ...every("shareInPlace", { fd, at: [0], cells: [2, 1] }),
    ...every("allocateShared", { at: [0], cells: [2, 0], as }),
    ...every("openShared", { fd, at: [0] }),
    ...every("freezeShared", { fd: [0] }),
    ...every("mmapAnonymous", { at: [0], cells: [2], protection: ["write"], placement: ["fixed"] }),
    ...every("munmap", { at: [0], cells: [2] }),
    ...every("store", { at, value: [1] }),
    ...every("load", { at }),
    ...every("read", { fd: [0], cells: [scope.objectCells] }),
    ...every("pread", { fd: [0], offset: [0], cells: [scope.objectCells] }),
    ...every("memfd", { as, sealable: [true] }),
    ...every("socket", { as }),
    ...every("ftruncate", { fd: [0], cells: [1] }),
    ...every("punchHole", { fd: [0], offset: [0], cells: [1] }),
    ...every("addSeals", { fd: [0], seals: [sealBits.shrink | sealBits.grow] }),
    ...every("reopen", { fd: [0], as: fd, access: ["read"] }),
    ...every("close", { fd }),
  ];
}

/** Commands on names: who creates, who opens, who removes. */
export function nameCommands(scope: SharedBufferScope): readonly Command[] {
  const fd = upTo(scope.descriptors);
  const name = upTo(scope.names);
  return [
    ...every("createNamed", { name, as: fd }),
    ...every("removeNamed", { fd, name }),
    ...every("shmOpen", {
      name,
      as: fd,
      access: ["readWrite"],
      create: both,
      exclusive: [false],
      truncate: both,
    }),
    ...every("shmUnlink", { name }),
    ...every("ftruncate", { fd, cells: [1] }),
    ...every("write", { fd, cells: [1], value: [1] }),
    ...every("pread", { fd, offset: [0], cells: [1] }),
    ...every("fstat", { fd }),
    ...every("dup", { fd, as: fd }),
    ...every("close", { fd }),
  ];
}

const oddLengths = [1, 3, 6, 0, -1, -2, hugeCells];

/** Calls on the address range with one odd field at a time. */
function rangeCommands(scope: SharedBufferScope, fd: readonly number[]): Command[] {
  const pages = upTo(scope.pages).map((page) => page * cellsPerPage);
  const misaligned = [1];
  const whole = { at: pages, cells: [2, 4] };
  const file = { fd, offset: [0, 2], protection: protections, shared: [true, false] };
  return [
    ...every("mmap", { ...file, ...whole, placement: fixed }),
    ...every("mmap", { ...file, at: [0, 1], cells: [1, 2], offset: [0], placement: ["hint"] }),
    ...every("mmap", { ...file, at: [0], offset: [0], cells: oddLengths, placement: ["fixed"] }),
    ...every("mmap", { ...file, at: misaligned, offset: [0], cells: [2, hugeCells], placement: fixed }),
    ...every("mmap", { ...file, at: [0], cells: [2, 0, -1], offset: [1, -2], placement: ["fixed"] }),
    ...every("mmapAnonymous", { ...whole, protection: protections, placement: fixed }),
    ...every("mmapAnonymous", { at: [1, 2], cells: [1, 2], protection: ["write"], placement: ["hint"] }),
    ...every("mmapAnonymous", { at: [0, 1], cells: oddLengths, protection: ["write"], placement: ["fixed"] }),
    ...every("munmap", { at: pages, cells: [2, 4, 1, 0, -1, hugeCells] }),
    ...every("munmap", { at: misaligned, cells: [2, 0] }),
    ...every("mprotect", { at: pages, cells: [2, 4, 6, 1, 0, -1, -2, hugeCells], protection: protections }),
    ...every("mprotect", { at: misaligned, cells: [2, 0], protection: ["read"] }),
  ];
}

/** What opens and closes, with every flag. */
function openingCommands(scope: SharedBufferScope, fd: readonly number[]): Command[] {
  const accesses: readonly Access[] = ["readWrite", "read", "write"];
  const name = upTo(scope.names);
  return [
    ...every("memfd", { as: fd, sealable: [true, false] }),
    ...every("shmOpen", {
      name,
      as: fd,
      access: ["readWrite", "read"],
      create: [true, false],
      exclusive: both,
      truncate: both,
    }),
    ...every("shmOpenBadName", { name: badNames }),
    ...every("shmUnlink", { name }),
    ...every("shmUnlinkBadName", { name: badNames }),
    ...every("createNamed", { name, as: fd }),
    ...every("removeNamed", { fd, name }),
    ...every("socket", { as: fd }),
    ...every("close", { fd }),
    ...every("dup", { fd, as: fd }),
    ...every("reopen", { fd, as: fd, access: accesses }),
  ];
}

/** Calls on an open descriptor. */
function contentCommands(scope: SharedBufferScope, fd: readonly number[]): Command[] {
  const at = upTo(scope.pages * cellsPerPage);
  const lengths = upTo(scope.objectCells + 1);
  const offset = [...lengths, -1];
  const seals = [0, 1, 2, 4, 8, 16, 6, 14, unknownSeal];
  const from = ["start", "current", "end"] as const;
  return [
    ...every("ftruncate", { fd, cells: [...lengths, -1] }),
    ...every("write", { fd, cells: lengths, value: upTo(scope.values) }),
    ...every("writeFrom", { fd, at, cells: [1, 2, 3, 4, 0] }),
    ...every("read", { fd, cells: lengths }),
    ...every("pread", { fd, offset, cells: lengths }),
    ...every("lseek", { fd, offset, from }),
    ...every("fstat", { fd }),
    ...every("punchHole", { fd, offset, cells: [1, 2, 4, 0, -1] }),
    ...every("addSeals", { fd, seals }),
    ...every("getSeals", { fd }),
    ...every("freezeShared", { fd }),
  ];
}

/** A choice from everything, for driving. */
export function drivenCommands(scope: SharedBufferScope): readonly Command[] {
  const fd = upTo(scope.descriptors);
  const at = upTo(scope.pages * cellsPerPage);
  const pages = upTo(scope.pages).map((page) => page * cellsPerPage);
  return [
    ...every("load", { at }),
    ...every("store", { at, value: upTo(scope.values) }),
    ...openingCommands(scope, fd),
    ...contentCommands(scope, fd),
    ...rangeCommands(scope, fd),
    ...every("bufferToFd", { at, cells: [2, 4, 1, 3, 0], as: fd }),
    ...every("allocateShared", { at: pages, cells: [2, 4, 1, 3, 0], as: fd }),
    ...every("openShared", { fd, at: [...pages, 1] }),
    ...every("shareInPlace", { fd, at: [...pages, 1], cells: [2, 4, 1, 3, 0] }),
  ];
}

/** The driven commands that copy no memory from the first cell of a page to a second one, or the other way round. */
export function unevenCommands(scope: SharedBufferScope): readonly Command[] {
  return drivenCommands(scope).filter(keepsParity);
}
