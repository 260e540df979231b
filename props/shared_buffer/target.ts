/**
 * The kernel and our operations on it, as a target of lockstep: one reserved address range, slots for descriptors,
 * names of this process.
 *
 * No address of the range is ever touched by this process' own instructions, so that no command can end it.
 *
 * @module
 */
import {
  mapFlags,
  mmapAt,
  mprotectAt,
  munmapAt,
  protection,
  reservedBase,
  reserveRange,
} from "../../ffi/address_space.ts";
import { errnoName } from "../../ffi/errno.ts";
import { loadByte, storeByte } from "../../ffi/faults.ts";
import {
  accessMode,
  addSealsCall,
  closeCall,
  duplicateCall,
  getSealsCall,
  lseekCall,
  memfdCall,
  openFlags,
  preadCall,
  punchHoleCall,
  readCall,
  reopenCall,
  seekFrom,
  shmOpenCall,
  shmUnlinkCall,
  socketCall,
  statCall,
  truncateCall,
  writeCall,
  writeFromCall,
} from "../../ffi/file_calls.ts";
import { cString, pageBytes, whyNoSharedMemory } from "../../ffi/memory.ts";
import { ownedPrefix, removeOrphanedNames } from "../../ffi/owned_names.ts";
import type { Subject, Target } from "../../lockstep/machine.ts";
import type { SharedBufferCommand, SharedBufferReply, SharedBufferScope } from "../../model/shared_buffer.ts";
import type { CommandOf } from "../../model/shared_buffer/command.ts";
import { CellBorders } from "./cells.ts";
import { missingForSharedBuffer } from "./probe.ts";
import { operations, type SharedBufferOperations } from "../../impl/shared_buffer/operations.ts";

type Reply = SharedBufferReply;
/** A number that is never an open fd: what a command on an empty slot is given. */
const closedFd = 1 << 20;
const protectionBits = { none: 0, read: protection.read, write: protection.read | protection.write } as const;
const placementFlags = { hint: 0, fixed: mapFlags.fixed, fixedNoReplace: mapFlags.fixedNoReplace } as const;
const badNames = {
  empty: cString("/"),
  slash: cString("/lockstep/slash"),
  long: cString(`/${"x".repeat(300)}`),
} as const;
const done: Reply = { kind: "done" };
const ownedBy = "lockstep-shared-buffer";
let orphansRemoved = false;

/** How all names of this process begin. Those of processes that were killed are removed first. @throws {ErrnoError} */
export function sharedBufferNames(): string {
  if (!orphansRemoved) removeOrphanedNames(ownedBy);
  orphansRemoved = true;
  return ownedPrefix(ownedBy);
}

/** The reply of a call that answered `result`: an errno, or done. */
function outcome(result: number): Reply {
  return result < 0
    ? { kind: "error", errno: errnoName(-result) as Extract<Reply, { kind: "error" }>["errno"] }
    : done;
}

/**
 * The real memory manager and our operations; `changed` replaces some of them.
 *
 * `splitBytes` is where the second cell of a page begins, its half if absent. Only with halves can memory be written
 * from one kind of cell to the other.
 */
export function sharedBufferTarget(
  scope: SharedBufferScope,
  name = "linux",
  changed: Partial<SharedBufferOperations> = {},
  splitBytes?: number,
): Target<SharedBufferCommand, SharedBufferReply> {
  return {
    name,
    // Nothing of the kernel's is asked before the probe: a program without the permission must be able to say so.
    probe: () => {
      const nameless = missingForSharedBuffer();
      // Names are tried with room for every file of the scope.
      const named = nameless.length > 0 || scope.names === 0
        ? undefined
        : whyNoSharedMemory(scope.objects * scope.objectCells * pageBytes());
      const missing = named === undefined ? nameless : [named];
      return { missing, facts: missing.length > 0 ? {} : { pageBytes: pageBytes() } };
    },
    open: () => {
      const cells = new CellBorders(pageBytes(), splitBytes ?? pageBytes() / 2);
      return new SharedBufferSubject(scope, { ...operations, ...changed }, cells);
    },
  };
}

/** One case on the real kernel. */
class SharedBufferSubject implements Subject<SharedBufferCommand, SharedBufferReply> {
  readonly #operations: SharedBufferOperations;
  readonly #cells: CellBorders;
  readonly #rangeBytes: number;
  readonly #fds: number[];
  readonly #names: Uint8Array<ArrayBuffer>[];
  readonly #scratch: Uint8Array<ArrayBuffer>;

  constructor(scope: SharedBufferScope, changed: SharedBufferOperations, cells: CellBorders) {
    this.#cells = cells;
    this.#operations = changed;
    this.#rangeBytes = scope.pages * pageBytes();
    this.#fds = Array.from({ length: scope.descriptors }, () => closedFd);
    this.#names = Array.from(
      { length: scope.names },
      (_, index) => cString(`/${sharedBufferNames()}name-${index}`),
    );
    this.#scratch = new Uint8Array(cells.bytesAt(scope.objectCells));
    reserveRange(reservedBase, this.#rangeBytes);
    for (const name of this.#names) shmUnlinkCall(name);
  }

  [Symbol.dispose](): void {
    munmapAt(reservedBase, this.#rangeBytes);
    for (let slot = 0; slot < this.#fds.length; slot++) this.#close(slot);
    for (const name of this.#names) shmUnlinkCall(name);
  }

  #close(slot: number): number {
    const result = closeCall(this.#fds[slot]!);
    this.#fds[slot] = closedFd;
    return result;
  }

  #address(at: number): number {
    return reservedBase + this.#cells.bytesAt(at);
  }

  /** Keeps a new fd in slot `as`. */
  #keep(as: number, fd: number): Reply {
    if (fd >= 0) this.#fds[as] = fd;
    return outcome(fd);
  }

  /** Where the next read or write begins, in cells. With halves nobody needs to know. */
  #position(fd: number): number {
    if (this.#cells.areHalves) return 0;
    return this.#cells.cellAt(Math.max(0, lseekCall(fd, 0, seekFrom.current)));
  }

  /** The reply of a call that did `bytes` bytes from cell `from` on. */
  #count(bytes: number, from: number): Reply {
    if (bytes < 0) return outcome(bytes);
    return { kind: "count", cells: this.#cells.cellAt(this.#cells.bytesAt(from) + bytes) - from };
  }

  /** The first byte of each cell that was read from cell `from` on. */
  #values(bytes: number, from: number): Reply {
    if (bytes < 0) return outcome(bytes);
    const values: number[] = [];
    for (let cell = 0; this.#cells.span(from, cell) < bytes; cell++) {
      values.push(this.#scratch[this.#cells.span(from, cell)]!);
    }
    return { kind: "values", values };
  }

  #write(fd: number, command: CommandOf<"write">): Reply {
    const from = this.#position(fd);
    const bytes = this.#cells.span(from, command.cells);
    this.#scratch.fill(command.value, 0, bytes);
    return this.#count(writeCall(fd, this.#scratch, bytes), from);
  }

  #read(fd: number, command: CommandOf<"read">): Reply {
    const from = this.#position(fd);
    return this.#values(readCall(fd, this.#scratch, this.#cells.span(from, command.cells)), from);
  }

  #lseek(fd: number, command: CommandOf<"lseek">): Reply {
    let base = 0;
    if (command.from === "current") base = this.#position(fd);
    if (command.from === "end" && !this.#cells.areHalves) {
      const status = statCall(fd);
      base = typeof status === "number" ? 0 : this.#cells.cellAt(status.bytes);
    }
    return this.#count(lseekCall(fd, this.#cells.span(base, command.offset), seekFrom[command.from]), 0);
  }

  #mmap(command: CommandOf<"mmap"> | CommandOf<"mmapAnonymous">): Reply {
    const bytes = this.#cells.span(command.at, command.cells);
    const isFile = command.kind === "mmap";
    const sharing = isFile
      ? (command.shared ? mapFlags.shared : mapFlags.private)
      : mapFlags.private | mapFlags.anonymous;
    const address = mmapAt(
      this.#address(command.at),
      bytes,
      protectionBits[command.protection],
      sharing | placementFlags[command.placement],
      isFile ? this.#fds[command.fd]! : -1,
      isFile ? this.#cells.bytesAt(command.offset) : 0,
    );
    if (address < 0) return outcome(address);
    const asked = this.#address(command.at - command.at % 2);
    if (address === asked) return { kind: "placed", where: "here" };
    munmapAt(address, bytes);
    return { kind: "placed", where: "elsewhere" };
  }

  #shmOpen(command: CommandOf<"shmOpen">): Reply {
    const { create, exclusive, truncate } = openFlags;
    const flags = accessMode[command.access] | (command.create ? create : 0) |
      (command.exclusive ? exclusive : 0) | (command.truncate ? truncate : 0);
    return this.#keep(command.as, shmOpenCall(this.#names[command.name]!, flags));
  }

  #fstat(fd: number): Reply {
    const status = statCall(fd);
    if (typeof status === "number") return outcome(status);
    return { kind: "status", cells: this.#cells.cellAt(status.bytes), links: status.links };
  }

  #openShared(command: CommandOf<"openShared">): Reply {
    const opened = this.#operations.open(this.#fds[command.fd]!, this.#address(command.at));
    if (typeof opened === "number") return outcome(opened);
    if (typeof opened === "string") return { kind: "refused", because: opened };
    return { kind: "opened", cells: this.#cells.cellAt(opened.bytes), stable: opened.stable };
  }

  #allocateShared(command: CommandOf<"allocateShared">): Reply {
    const bytes = this.#cells.span(command.at, command.cells);
    const allocation = this.#operations.allocate(bytes, this.#address(command.at));
    return this.#keep(command.as, typeof allocation === "number" ? allocation : allocation.fd);
  }

  perform(command: SharedBufferCommand): SharedBufferReply {
    switch (command.kind) {
      case "load": {
        const found = loadByte(this.#address(command.at));
        return typeof found === "number"
          ? { kind: "loaded", value: found }
          : { kind: "fault", signal: found };
      }
      case "store": {
        const signal = storeByte(this.#address(command.at), command.value);
        return signal === undefined ? done : { kind: "fault", signal };
      }
      case "mmap":
      case "mmapAnonymous":
        return this.#mmap(command);
      case "munmap":
        return outcome(munmapAt(this.#address(command.at), this.#cells.span(command.at, command.cells)));
      case "mprotect":
        return outcome(
          mprotectAt(
            this.#address(command.at),
            this.#cells.span(command.at, command.cells),
            protectionBits[command.protection],
          ),
        );
      case "memfd":
        return this.#keep(command.as, memfdCall(command.sealable));
      case "socket":
        return this.#keep(command.as, socketCall());
      case "shmOpen":
        return this.#shmOpen(command);
      case "shmOpenBadName":
        return outcome(shmOpenCall(badNames[command.name], accessMode.readWrite | openFlags.create));
      case "shmUnlink":
        return outcome(shmUnlinkCall(this.#names[command.name]!));
      case "shmUnlinkBadName":
        return outcome(shmUnlinkCall(badNames[command.name]));
      case "createNamed":
        return this.#keep(command.as, this.#operations.createNamed(this.#names[command.name]!));
      case "bufferToFd":
        return this.#keep(
          command.as,
          this.#operations.copyToFd(this.#address(command.at), this.#cells.span(command.at, command.cells)),
        );
      case "allocateShared":
        return this.#allocateShared(command);
      case "openShared":
        return this.#openShared(command);
      case "close":
      case "dup":
      case "reopen":
      case "ftruncate":
      case "write":
      case "writeFrom":
      case "read":
      case "pread":
      case "lseek":
      case "fstat":
      case "punchHole":
      case "addSeals":
      case "getSeals":
      case "freezeShared":
      case "shareInPlace":
      case "removeNamed":
        return this.#performOn(this.#fds[command.fd]!, command);
    }
  }

  /** A command on an open fd, or on a number that is none. */
  #performOn(fd: number, command: Extract<SharedBufferCommand, { readonly fd: number }>): SharedBufferReply {
    switch (command.kind) {
      case "close":
        return outcome(this.#close(command.fd));
      case "dup":
        return this.#keep(command.as, duplicateCall(fd));
      case "reopen":
        return this.#keep(command.as, reopenCall(fd, accessMode[command.access]));
      case "ftruncate":
        return outcome(truncateCall(fd, this.#cells.bytesAt(command.cells)));
      case "write":
        return this.#write(fd, command);
      case "writeFrom":
        return this.#count(
          writeFromCall(fd, this.#address(command.at), this.#cells.span(command.at, command.cells)),
          command.at,
        );
      case "read":
        return this.#read(fd, command);
      case "pread": {
        const bytes = this.#cells.span(command.offset, command.cells);
        return this.#values(
          preadCall(fd, this.#scratch, bytes, this.#cells.bytesAt(command.offset)),
          command.offset,
        );
      }
      case "lseek":
        return this.#lseek(fd, command);
      case "fstat":
        return this.#fstat(fd);
      case "punchHole":
        return outcome(
          punchHoleCall(
            fd,
            this.#cells.bytesAt(command.offset),
            this.#cells.span(command.offset, command.cells),
          ),
        );
      case "addSeals":
        return outcome(addSealsCall(fd, command.seals));
      case "getSeals": {
        const seals = getSealsCall(fd);
        return seals < 0 ? outcome(seals) : { kind: "seals", seals };
      }
      case "freezeShared":
        return outcome(this.#operations.freeze(fd));
      case "shareInPlace": {
        const bytes = this.#cells.span(command.at, command.cells);
        const result = this.#operations.shareInPlace(fd, this.#address(command.at), bytes);
        return typeof result === "string" ? { kind: "refused", because: result } : outcome(result);
      }
      case "removeNamed":
        return outcome(this.#operations.removeNamed(fd, this.#names[command.name]!));
      case "mmap":
      case "openShared":
        throw new TypeError(`Cannot perform ${command.kind} here: it needs its address as well`);
    }
  }
}
