/**
 * Shared buffer: a small memory manager, and the operations that turn a buffer into a file descriptor.
 *
 * The machine is an executable specification of mmap, munmap, mprotect, memfd_create, shm_open, seals, and of the
 * reads, writes, loads and stores that tell whether they did what they should. It is small enough to be explored,
 * and strict enough to be compared with the kernel answer by answer, errno by errno; a fault is an answer too.
 *
 * The rules
 * - A page of the address range is a hole, private memory, or a page of a file; shared or private.
 * - A private page shows the file until the first store to it, which copies the whole page; from then on the two
 *   have nothing to do with each other, until the file is truncated before that page: then the copy is lost, too.
 * - An access past the last page of the file is SIGBUS; to a hole, or against the protection, SIGSEGV.
 * - What a mapping stores past the end of the file, on its last page, is not part of the file, but stays there: growing
 *   shows it, `ftruncate` to the same or a smaller length clears it.
 * - An object lives as long as a name, a description or a page refers to it. A name can be given anew.
 * - A description has the offset; `dup` shares it, opening again does not.
 * - Seals are only ever added. WRITE needs that no shared page may be made writable; FUTURE_WRITE does not ask, and
 *   leaves those pages their right. SHRINK and GROW are about the length only, not about holes punched inside.
 * - A write goes page by page of the file. A page that would pass a seal is not begun; a source that faults ends the
 *   write, and the file has grown to the offset at which that page began, even when nothing was written.
 * - A call is refused in the order in which Linux 6.18 checks. Most failing calls change nothing; `mprotect` keeps
 *   the pages before the one that failed, and `mmap` with MAP_FIXED of a file that can not be mapped leaves a hole.
 *
 * Left open, because POSIX leaves it: how far a write comes, and where a mapping lies that was only hinted at.
 *
 * What this refuses to know: addresses, descriptor numbers, bytes within a cell but the first; memory that can be
 * written and not read; two threads at once; huge pages; limits (memory, descriptors, file size).
 *
 * @see {@link https://man7.org/linux/man-pages/man2/mmap.2.html}
 * @see {@link https://man7.org/linux/man-pages/man2/memfd_create.2.html}
 * @see {@link https://man7.org/linux/man-pages/man7/shm_overview.7.html}
 * @module
 */
import { z } from "zod";
import type { Machine } from "../lockstep/machine.ts";
import { type Answer, fail, type Kernel } from "./shared_buffer/answer.ts";
import {
  commandSchema,
  replySchema,
  type SharedBufferCommand,
  type SharedBufferReply,
} from "./shared_buffer/command.ts";
import {
  addSeals,
  fstat,
  ftruncate,
  getSeals,
  lseek,
  pread,
  punchHole,
  read,
  write,
} from "./shared_buffer/contents.ts";
import { load, mmap, mprotect, munmap, store } from "./shared_buffer/mapping.ts";
import { normalForm } from "./shared_buffer/normal_form.ts";
import { close, createObject, duplicate, reopen, shmOpen, shmUnlink } from "./shared_buffer/opening.ts";
import { bufferAt, carriedOut, type OperationRules, promised } from "./shared_buffer/operations.ts";
import { promisesAbout } from "./shared_buffer/promises.ts";
import { showState } from "./shared_buffer/show.ts";
import {
  emptyState,
  sealBits,
  type SharedBufferScope,
  type SharedBufferState,
  stateSchema,
} from "./shared_buffer/state.ts";

export type { SharedBufferCommand, SharedBufferReply } from "./shared_buffer/command.ts";
export type { SharedBufferScope, SharedBufferState } from "./shared_buffer/state.ts";

/** The machine of this protocol. */
export type SharedBuffer = Machine<SharedBufferState, SharedBufferCommand, SharedBufferReply>;

/** What the operations promise, over the kernel as it is. */
export function sharedBuffer(
  scope: SharedBufferScope,
  commands: readonly SharedBufferCommand[],
): SharedBuffer {
  return machine("shared-buffer", scope, commands, promised);
}

/** The operations carried out call by call; `rules` changes how. */
export function sharedBufferCalls(
  scope: SharedBufferScope,
  commands: readonly SharedBufferCommand[],
  rules: Partial<OperationRules> = {},
): SharedBuffer {
  return machine("shared-buffer-calls", scope, commands, { ...carriedOut, ...rules });
}

function machine(
  name: string,
  scope: SharedBufferScope,
  commands: readonly SharedBufferCommand[],
  rules: OperationRules,
): SharedBuffer {
  return {
    name,
    schema: {
      state: stateSchema(scope),
      command: commandSchema(scope),
      reply: replySchema(scope),
      start: z.null(),
    },
    starts: [null],
    commands,
    initial: () => emptyState(scope),
    step: (state, command, world) => step({ state, scope, world }, command, rules),
    ...promisesAbout(commands),
    canonical: (state) => normalForm(state),
    actor: actorOf,
    show: showState,
  };
}

const operations: readonly SharedBufferCommand["kind"][] = [
  "bufferToFd",
  "allocateShared",
  "openShared",
  "freezeShared",
  "shareInPlace",
  "createNamed",
  "removeNamed",
];

function actorOf(command: SharedBufferCommand): string {
  if (command.kind === "load" || command.kind === "store") return "memory";
  return operations.includes(command.kind) ? "library" : "kernel";
}

function step(kernel: Kernel, command: SharedBufferCommand, rules: OperationRules): Answer {
  const { state, world } = kernel;
  switch (command.kind) {
    case "load":
      return load(state, command.at);
    case "store":
      return store(state, command.at, command.value);
    case "memfd":
      return opened(createObject(kernel, command.as, "memory", command.sealable ? 0 : sealBits.seal));
    case "socket":
      return opened(createObject(kernel, command.as, "socket", 0));
    case "shmOpen":
      return shmOpen(kernel, command.name, command.as, command);
    case "shmOpenBadName":
      return fail("EINVAL");
    case "shmUnlink":
      return shmUnlink(state, command.name);
    case "shmUnlinkBadName":
      return fail("ENOENT");
    case "close":
      return close(state, command.fd);
    case "dup":
      return duplicate(kernel, command.fd, command.as);
    case "reopen":
      return reopen(kernel, command.fd, command.as, command.access);
    case "ftruncate":
      return ftruncate(state, command.fd, command.cells);
    case "write":
      return write(kernel, command, () => command.value);
    case "writeFrom":
      return write(kernel, { fd: command.fd, cells: command.cells }, bufferAt(state, command.at));
    case "read":
      return read(state, command.fd, command.cells);
    case "pread":
      return pread(state, command.fd, command.offset, command.cells);
    case "lseek":
      return lseek(kernel, command.fd, command.offset, command.from);
    case "fstat":
      return fstat(state, command.fd);
    case "punchHole":
      return punchHole(state, command.fd, command.offset, command.cells);
    case "addSeals":
      return addSeals(state, command.fd, command.seals);
    case "getSeals":
      return getSeals(state, command.fd);
    case "mmapAnonymous":
      return mmap(state, world, command);
    case "mmap":
      return mmap(state, world, { ...command, file: command });
    case "munmap":
      return munmap(kernel, command.at, command.cells);
    case "mprotect":
      return mprotect(state, command.at, command.cells, command.protection);
    case "bufferToFd":
      return rules.bufferToFd(kernel, command);
    case "allocateShared":
      return rules.allocateShared(kernel, command);
    case "openShared":
      return rules.openShared(kernel, command.fd, command.at);
    case "freezeShared":
      return rules.freezeShared(kernel, command.fd);
    case "shareInPlace":
      return rules.shareInPlace(kernel, command.fd, command.at, command.cells);
    case "createNamed":
      return rules.createNamed(kernel, command.name, command.as);
    case "removeNamed":
      return rules.removeNamed(kernel, command.fd, command.name);
  }
}

function opened(object: number | undefined): Answer {
  return object === undefined ? undefined : { kind: "done" };
}
