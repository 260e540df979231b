/**
 * How objects come to be, get and lose names, and are opened and closed.
 *
 * Each function edits the state and answers. `undefined` says that the scope is too small for the call, or that
 * `as` is not the next free slot; nothing has been changed then.
 *
 * @module
 */
import { type Answer, done, fail, type Kernel, refusals } from "./answer.ts";
import type { SharedBufferReply } from "./command.ts";
import { resize } from "./contents.ts";
import { type Access, descriptionOf, releaseUnused, sealBits, type SharedBufferState } from "./state.ts";

/** Whether slot `as` is the one that the next new descriptor gets. */
export function isNextDescriptor(state: SharedBufferState, as: number): boolean {
  return state.descriptors.indexOf(-1) === as;
}

/** Gives descriptor `as` a description of its own over `object`. */
function describe(state: SharedBufferState, as: number, object: number, access: Access): void {
  const index = state.descriptions.findIndex((description) => description.object < 0);
  const description = state.descriptions[index]!;
  description.object = object;
  description.access = access;
  description.offset = 0;
  state.descriptors[as] = index;
}

/** Creates an object and opens it as `as`: its index, or undefined when the scope has no room. */
export function createObject(
  { state, world }: Kernel,
  as: number,
  kind: "memory" | "socket",
  seals: number,
): number | undefined {
  const index = state.objects.findIndex((object) => object.kind === "none");
  if (!isNextDescriptor(state, as)) return world.refuse(refusals.otherDescriptorNext);
  if (index < 0) return world.refuse(refusals.noObjectLeft);
  const object = state.objects[index]!;
  object.kind = kind;
  object.seals = seals;
  describe(state, as, index, "readWrite");
  return index;
}

/** The flags of `shm_open`. */
export interface ShmOpenFlags {
  readonly create: boolean;
  readonly exclusive: boolean;
  readonly truncate: boolean;
  readonly access: Access;
}

/** `shm_open`. Such an object never takes a seal. Truncating asks for no right to write. */
export function shmOpen(kernel: Kernel, name: number, as: number, flags: ShmOpenFlags): Answer {
  const { state, world } = kernel;
  if (!isNextDescriptor(state, as)) return world.refuse(refusals.otherDescriptorNext);
  const existing = state.names[name]!;
  if (existing < 0) {
    if (!flags.create) return fail("ENOENT");
    const created = createObject(kernel, as, "memory", sealBits.seal);
    if (created === undefined) return undefined;
    descriptionOf(state, as)!.access = flags.access;
    state.names[name] = created;
    return done;
  }
  if (flags.create && flags.exclusive) return fail("EEXIST");
  describe(state, as, existing, flags.access);
  if (flags.truncate) resize(state, existing, 0);
  return done;
}

/** `shm_unlink`: the name goes, descriptors and mappings stay. */
export function shmUnlink(state: SharedBufferState, name: number): SharedBufferReply {
  if (state.names[name]! < 0) return fail("ENOENT");
  state.names[name] = -1;
  releaseUnused(state);
  return done;
}

/** `close`. */
export function close(state: SharedBufferState, fd: number): SharedBufferReply {
  if (descriptionOf(state, fd) === undefined) return fail("EBADF");
  state.descriptors[fd] = -1;
  releaseUnused(state);
  return done;
}

/** `dup`: a second descriptor of the same description, offset and all. */
export function duplicate({ state, world }: Kernel, fd: number, as: number): Answer {
  if (!isNextDescriptor(state, as)) return world.refuse(refusals.otherDescriptorNext);
  if (descriptionOf(state, fd) === undefined) return fail("EBADF");
  state.descriptors[as] = state.descriptors[fd]!;
  return done;
}

/** Opens the object of `fd` once more through `/proc/self/fd`. */
export function reopen({ state, world }: Kernel, fd: number, as: number, access: Access): Answer {
  if (!isNextDescriptor(state, as)) return world.refuse(refusals.otherDescriptorNext);
  const description = descriptionOf(state, fd);
  if (description === undefined) return fail("ENOENT");
  if (state.objects[description.object]!.kind === "socket") return fail("ENXIO");
  describe(state, as, description.object, access);
  return done;
}
