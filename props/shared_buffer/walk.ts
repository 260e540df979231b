/**
 * How the shared buffer is driven: what is drawn how often, which situations must be reached, and what is looked at
 * when a case ends.
 *
 * @module
 */
import type { DeepReadonly } from "../../lockstep/machine.ts";
import type { Draw, Walk, WalkStep } from "../../lockstep/walk.ts";
import type { SharedBufferCommand, SharedBufferReply, SharedBufferScope } from "../../model/shared_buffer.ts";
import { type ErrnoName, errnos, keepsParity } from "../../model/shared_buffer/command.ts";
import { cellsPerPage, hole, sealBits, type SharedBufferState } from "../../model/shared_buffer/state.ts";

type State = DeepReadonly<SharedBufferState>;
type Label = (step: WalkStep<SharedBufferState, SharedBufferCommand, SharedBufferReply>) => boolean;

/** A walk of this protocol. */
export type SharedBufferWalk = Walk<SharedBufferState, SharedBufferCommand, SharedBufferReply>;

/** Errnos that a call of the model can give and no kernel here was seen to give, with the reason. */
export const neverObserved: Readonly<Partial<Record<ErrnoName, string>>> = {};

function errnoLabels(): Record<string, Label> {
  const labels: Record<string, Label> = {};
  for (const errno of errnos) {
    if (errno in neverObserved) continue;
    labels[errno] = ({ reply }) => reply.kind === "error" && reply.errno === errno;
  }
  return labels;
}

/** The page that a store has just reached, or undefined when it was no store or did not. */
function pageStored({ command, reply, after }: Parameters<Label>[0]): State["pages"][number] | undefined {
  return command.kind === "store" && reply.kind === "done"
    ? after.pages[Math.floor(command.at / cellsPerPage)]
    : undefined;
}

/** Situations that a walk over the whole scope must reach. */
export const labels: Readonly<Record<string, Label>> = {
  ...errnoLabels(),
  "SIGSEGV": ({ reply }) => reply.kind === "fault" && reply.signal === "SIGSEGV",
  "SIGBUS": ({ reply }) => reply.kind === "fault" && reply.signal === "SIGBUS",
  "copy-on-write": (step) => {
    const page = pageStored(step);
    return page !== undefined && page.copied && page.holds >= 0;
  },
  "short write": ({ command, reply }) =>
    (command.kind === "write" || command.kind === "writeFrom") && reply.kind === "count" &&
    reply.cells < command.cells,
  "sealed": ({ command, reply }) => command.kind === "addSeals" && reply.kind === "done" && command.seals > 0,
  "writer kept after FUTURE_WRITE": (step) => {
    const page = pageStored(step);
    return page !== undefined && page.shared &&
      (step.after.objects[page.holds]!.seals & sealBits.futureWrite) !== 0;
  },
  "stored past the end of the file": (step) => {
    const page = pageStored(step);
    if (page === undefined || !page.shared || step.command.kind !== "store") return false;
    const cell = page.filePage * cellsPerPage + step.command.at % cellsPerPage;
    return cell >= step.after.objects[page.holds]!.cells;
  },
  "hole left by a failed mmap": ({ command, reply }) =>
    command.kind === "mmap" && command.placement === "fixed" && reply.kind === "error" &&
    reply.errno === "ENODEV",
  "mprotect failed half way": ({ command, reply, after }) =>
    command.kind === "mprotect" && reply.kind === "error" && command.cells > 2 && command.at % 2 === 0 &&
    after.pages[command.at / 2]!.holds !== hole &&
    after.pages[command.at / 2]!.protection === command.protection,
  "hint taken": ({ command, reply }) =>
    "placement" in command && command.placement === "hint" && reply.kind === "placed" &&
    reply.where === "here",
  "hint not taken": ({ reply }) => reply.kind === "placed" && reply.where === "elsewhere",
  "buffer copied to a descriptor": ({ command, reply }) =>
    command.kind === "bufferToFd" && reply.kind === "done" && command.cells > 0,
  "empty buffer copied to a descriptor": ({ command, reply }) =>
    command.kind === "bufferToFd" && reply.kind === "done" && command.cells === 0,
  "shared in place": ({ command, reply }) => command.kind === "shareInPlace" && reply.kind === "done",
  "opened, contents final": ({ reply }) => reply.kind === "opened" && reply.stable,
  "opened, contents still changing": ({ reply }) => reply.kind === "opened" && !reply.stable,
  "refused to share less than pages": ({ reply }) =>
    reply.kind === "refused" && reply.because === "not whole pages",
  "refused to open": ({ reply }) => reply.kind === "refused" && reply.because === "may shrink",
};

function pagesWith(state: State, test: (page: State["pages"][number]) => boolean): number[] {
  return state.pages.flatMap((page, index) => test(page) ? [index] : []);
}

function isSocket(state: State, description: number): boolean {
  return description >= 0 && state.objects[state.descriptions[description]!.object]!.kind === "socket";
}

/** A command that gets something going in this state: creates, maps, or works on what is open or mapped. */
function propose(scope: SharedBufferScope, state: State, draw: Draw): SharedBufferCommand | undefined {
  const as = state.descriptors.indexOf(-1);
  const socket = state.descriptors.findIndex((index) => isSocket(state, index));
  if (socket >= 0 && as >= 0 && draw.integer(0, 5) === 0) {
    return { kind: "reopen", fd: socket, as, access: "readWrite" };
  }
  const open = state.descriptors.flatMap((index, fd) => index < 0 ? [] : [fd]);
  const page = draw.integer(0, scope.pages - 1);
  const at = page * cellsPerPage;
  const free = pagesWith(state, ({ holds }) => holds === hole);
  if (as >= 0 && draw.integer(0, open.length * 3) === 0) {
    return draw.pick<SharedBufferCommand>([
      { kind: "memfd", as, sealable: true },
      { kind: "memfd", as, sealable: true },
      { kind: "createNamed", name: 0, as },
      { kind: "socket", as },
      { kind: "shmOpen", name: 0, as, access: "readWrite", create: true, exclusive: false, truncate: true },
      { kind: "allocateShared", at, cells: draw.integer(1, 4), as },
      { kind: "bufferToFd", at, cells: draw.integer(0, 4), as },
    ]);
  }
  if (open.length === 0) return undefined;
  const fd = draw.pick(open);
  const shared = draw.integer(0, 2) > 0;
  const write = draw.integer(0, 3) > 0 ? "write" : "read";
  if (free.length > 0 && draw.integer(0, 3) === 0) {
    const cells = draw.integer(1, 4);
    const where = draw.pick(free) * cellsPerPage;
    return { kind: "mmap", fd, at: where, cells, offset: 0, protection: write, shared, placement: "fixed" };
  }
  const cell = at + draw.integer(0, 1);
  return draw.pick<SharedBufferCommand>([
    { kind: "store", at: cell, value: draw.integer(1, scope.values - 1) },
    { kind: "store", at: cell, value: draw.integer(1, scope.values - 1) },
    { kind: "load", at: cell },
    { kind: "ftruncate", fd, cells: draw.integer(0, scope.objectCells) },
    { kind: "write", fd, cells: draw.integer(1, 2), value: draw.integer(1, scope.values - 1) },
    { kind: "writeFrom", fd, at: cell, cells: draw.integer(1, 4) },
    draw.integer(0, 2) === 0
      ? { kind: "addSeals", fd, seals: sealBits.futureWrite }
      : { kind: "lseek", fd, offset: 0, from: "start" },
    { kind: "shareInPlace", fd, at, cells: draw.pick([2, 4]) },
    { kind: "mprotect", at, cells: draw.pick([2, 4]), protection: write },
  ]);
}

/** Loads every cell and reads every open file from its start, so that nothing that happened stays unseen. */
function epilogue(scope: SharedBufferScope, state: State): readonly SharedBufferCommand[] {
  const commands: SharedBufferCommand[] = [];
  for (let at = 0; at < scope.pages * cellsPerPage; at++) commands.push({ kind: "load", at });
  state.descriptors.forEach((index, fd) => {
    if (index < 0) return;
    commands.push({ kind: "fstat", fd }, { kind: "getSeals", fd });
    commands.push({ kind: "read", fd, cells: scope.objectCells });
    commands.push({ kind: "pread", fd, offset: 0, cells: scope.objectCells });
  });
  return commands;
}

/** Weights of the flat draws; `F_SEAL_WRITE` is dear, and errors of rare calls need few draws. */
const weights: NonNullable<SharedBufferWalk["weights"]> = {
  load: 6,
  store: 12,
  memfd: 3,
  shmOpen: 8,
  shmOpenBadName: 1,
  shmUnlink: 2,
  shmUnlinkBadName: 1,
  createNamed: 2,
  removeNamed: 2,
  socket: 3,
  close: 6,
  dup: 3,
  reopen: 4,
  ftruncate: 8,
  write: 6,
  writeFrom: 6,
  read: 4,
  pread: 4,
  lseek: 4,
  fstat: 3,
  punchHole: 6,
  addSeals: 6,
  getSeals: 2,
  freezeShared: 2,
  mmapAnonymous: 6,
  mmap: 16,
  munmap: 4,
  mprotect: 8,
  bufferToFd: 4,
  allocateShared: 4,
  openShared: 6,
  shareInPlace: 4,
};

/** The walk of the scope that has everything. */
export function sharedBufferWalk(scope: SharedBufferScope): SharedBufferWalk {
  return {
    weights,
    propose: (state, draw) => draw.integer(0, 1) === 0 ? propose(scope, state, draw) : undefined,
    labels,
    epilogue: (state) => epilogue(scope, state),
  };
}

/** The same where the cells of a page have different lengths, and memory can not be copied between them. */
export function unevenWalk(scope: SharedBufferScope): SharedBufferWalk {
  const { writeFrom: _, ...others } = weights;
  const walk = sharedBufferWalk(scope);
  return {
    ...walk,
    weights: others,
    propose: (state, draw) => {
      const command = walk.propose!(state, draw);
      return command !== undefined && keepsParity(command) ? command : undefined;
    },
  };
}

/** The walk of a small scope: all its commands alike, and the same look at everything at the end. */
export function smallWalk(scope: SharedBufferScope): SharedBufferWalk {
  return { labels: {}, epilogue: (state) => epilogue(scope, state) };
}
