/**
 * A lease ring's area under a name, so that two processes find it, and how each knows whether the other lives.
 *
 * The name exists from {@link createSharedArea} to {@link joinSharedArea} only: whoever joins removes it, so that
 * afterwards nothing is left behind whoever dies. Of one that is killed before it has done so the creator removes it at
 * its own end. A creator that is killed before anybody joins leaves the name.
 *
 * Each side holds a lock on one byte of the file. The kernel drops it when the process ends, so the other side can
 * tell a peer that is slow from one that is gone.
 *
 * Trust: whoever can open the object (mode 0600, the same user) can truncate it. The header is checked when the area
 * is mapped; a peer that truncates it afterwards ends this process by SIGBUS, which shared memory can not prevent.
 *
 * @module
 */
import { ErrnoError, errnoName } from "../../ffi/errno.ts";
import { isByteLockedElsewhere, lockByte } from "../../ffi/file_lock.ts";
import { allocate, closeFd, cString, fileBytes, shmOpen, shmUnlink } from "../../ffi/memory.ts";
import { operations } from "../shared_buffer/operations.ts";
import { areaBytes, checkFileBytes, checkSizes, type RingSizes, word } from "./layout.ts";
import { PeerError } from "./peer_error.ts";
import { RingArea } from "./ring_area.ts";

/** Which side of the ring a process is. */
export type RingRole = "writer" | "reader";

const lockOffset: Readonly<Record<RingRole, number>> = { writer: 0, reader: 1 };
const [nobodyJoined, joined, withdrawn] = [0, 1, 2];
const longestNameBytes = 254;

/** One process's side of a named ring. Disposing gives back its mapping, its fd, and the name if nobody joined. */
export class SharedArea implements Disposable {
  /** The mapping. */
  readonly area: RingArea;
  /** Which side this process is. */
  readonly role: RingRole;
  readonly #fd: number;
  readonly #ownName: string | undefined;

  /** Takes over `area`, `fd`, and the name that this process has created, if any. */
  constructor(area: RingArea, fd: number, role: RingRole, ownName?: string) {
    this.area = area;
    this.role = role;
    this.#fd = fd;
    this.#ownName = ownName;
  }

  /** Whether the other side has not come yet, is there, or has ended without saying so. @throws {ErrnoError} */
  peer(): "awaited" | "present" | "gone" {
    if (Atomics.load(this.area.words, word.joined) === nobodyJoined) return "awaited";
    const other = this.role === "writer" ? "reader" : "writer";
    return isByteLockedElsewhere(this.#fd, lockOffset[other]) ? "present" : "gone";
  }

  /** Gives everything back. A second call does nothing. */
  [Symbol.dispose](): void {
    if (this.area.disposed) return;
    using held = new DisposableStack();
    held.defer(() => closeFd(this.#fd));
    held.use(this.area);
    if (this.#ownName === undefined) return;
    if (claim(this.area, withdrawn)) unlinkIfThere(this.#ownName);
    else if (this.peer() === "gone") this.#removeLeftName(this.#ownName);
  }

  /** Removes a name that whoever joined was killed too early to remove, unless it is another ring's by now. */
  #removeLeftName(name: string): void {
    const result = operations.removeNamed(this.#fd, cString(`/${name}`));
    if (result < 0 && errnoName(-result) !== "ENOENT") {
      throw new ErrnoError(`unlink shared memory ${JSON.stringify(name)}`, -result);
    }
  }
}

/** Decides, once, whether somebody joins or the creator withdraws. Whoever wins removes the name. */
function claim(area: RingArea, as: number): boolean {
  return Atomics.compareExchange(area.words, word.joined, nobodyJoined, as) === nobodyJoined;
}

/** Somebody else may have removed it: then it is as it should be. */
function unlinkIfThere(name: string): void {
  try {
    shmUnlink(name);
  } catch (error) {
    if (!(error instanceof ErrnoError && error.code === "ENOENT")) throw error;
  }
}

function checkName(action: string, name: string): void {
  const bytes = new TextEncoder().encode(name).length;
  if (bytes >= 1 && bytes <= longestNameBytes && !/[/\0]/.test(name) && name !== "." && name !== "..") return;
  const allowed = `1 to ${longestNameBytes} bytes without a slash or NUL`;
  throw new RangeError(`Cannot ${action}: name is ${JSON.stringify(name)}, must be ${allowed}`);
}

function lockRole(action: string, fd: number, role: RingRole): void {
  if (!lockByte(fd, lockOffset[role])) throw new PeerError(`Cannot ${action}: it has a ${role} already`);
}

/**
 * Creates the shared-memory object `name` with an empty ring in it, its memory reserved.
 *
 * @throws {RangeError} when name or sizes are outside their range
 * @throws {ErrnoError} when the name exists (EEXIST) or the memory can not be had (ENOSPC); nothing is left behind
 */
export function createSharedArea(name: string, role: RingRole, sizes: RingSizes): SharedArea {
  const action = `create lease ring ${JSON.stringify(name)}`;
  checkName(action, name);
  checkSizes(action, sizes);
  using undo = new DisposableStack();
  const fd = shmOpen(name, true);
  undo.defer(() => shmUnlink(name));
  undo.defer(() => closeFd(fd));
  lockRole(action, fd, role);
  allocate(fd, areaBytes(sizes));
  const area = RingArea.create(fd, sizes, { startBytes: 0, messageCounter: 0 });
  undo.move();
  return new SharedArea(area, fd, role, name);
}

/**
 * Joins the ring that another process has created under `name` and removes the name.
 *
 * @throws {RangeError} when the name is impossible
 * @throws {ErrnoError} when there is no such object (ENOENT)
 * @throws {PeerError} when what lies there is not a ring, or the role is taken; nothing is changed then
 */
export function joinSharedArea(name: string, role: RingRole): SharedArea {
  const action = `join lease ring ${JSON.stringify(name)}`;
  checkName(action, name);
  using undo = new DisposableStack();
  const fd = shmOpen(name, false);
  undo.defer(() => closeFd(fd));
  const bytes = fileBytes(fd);
  checkFileBytes(action, bytes);
  const area = undo.use(RingArea.map(fd, bytes, action));
  lockRole(action, fd, role);
  if (!claim(area, joined)) throw new PeerError(`Cannot ${action}: it is in use or given up`);
  unlinkIfThere(name);
  undo.move();
  return new SharedArea(area, fd, role);
}
