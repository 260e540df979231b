/**
 * Shared buffer: where the model of the memory manager, the kernel and the operations on it meet.
 *
 * @module
 */
import type { Mistake, Protocol, Scope } from "../lockstep/protocol.ts";
import { sharedBuffer, sharedBufferCalls, type SharedBufferScope } from "../model/shared_buffer.ts";
import type { SharedBufferCommand } from "../model/shared_buffer/command.ts";
import {
  drivenCommands,
  mappingCommands,
  nameCommands,
  operationCommands,
  unevenCommands,
} from "../model/shared_buffer/commands.ts";
import { mistakenRules } from "../model/shared_buffer/mistakes.ts";
import { sharedBufferMistakes } from "./shared_buffer/mistakes.ts";
import { sharedBufferPicture } from "./shared_buffer/picture.ts";
import { sharedBufferTarget } from "./shared_buffer/target.ts";
import { type SharedBufferWalk, sharedBufferWalk, smallWalk, unevenWalk } from "./shared_buffer/walk.ts";

/** The names of the scopes. */
export type SharedBufferScopeName = "memory" | "operations" | "names" | "driven" | "bytes";

/** The sizes of the scopes, by name. */
export const sharedBufferSizes: Readonly<Record<SharedBufferScopeName, SharedBufferScope>> = {
  memory: { pages: 1, objects: 1, objectCells: 2, names: 0, descriptors: 2, values: 2 },
  operations: { pages: 2, objects: 1, objectCells: 2, names: 0, descriptors: 2, values: 2 },
  names: { pages: 1, objects: 2, objectCells: 2, names: 1, descriptors: 2, values: 2 },
  driven: { pages: 3, objects: 2, objectCells: 4, names: 1, descriptors: 3, values: 4 },
  bytes: { pages: 3, objects: 2, objectCells: 4, names: 1, descriptors: 3, values: 4, uneven: true },
};

const commandsOf: Readonly<
  Record<SharedBufferScopeName, (scope: SharedBufferScope) => readonly SharedBufferCommand[]>
> = {
  memory: mappingCommands,
  operations: operationCommands,
  names: nameCommands,
  driven: drivenCommands,
  bytes: unevenCommands,
};

/** The commands of a scope. Built anew at each call: the driven scope has some 1,750. */
export function sharedBufferCommands(name: SharedBufferScopeName): readonly SharedBufferCommand[] {
  return commandsOf[name](sharedBufferSizes[name]);
}

const walks: Readonly<
  Partial<Record<SharedBufferScopeName, (scope: SharedBufferScope) => SharedBufferWalk>>
> = {
  driven: sharedBufferWalk,
  bytes: unevenWalk,
};

/** The kernel, with pages whose second cell begins at byte `splitBytes`. */
export function unevenTarget(splitBytes: number): ReturnType<typeof sharedBufferTarget> {
  return sharedBufferTarget(
    sharedBufferSizes.bytes,
    `linux, pages split after byte ${splitBytes}`,
    {},
    splitBytes,
  );
}

function scope(name: SharedBufferScopeName, description: string, use: Scope["use"]): Scope {
  const sizes = sharedBufferSizes[name];
  const commands = sharedBufferCommands(name);
  return {
    description,
    what: sharedBuffer(sizes, commands),
    // Without operations the two would be the same machine.
    ...(name === "memory" ? {} : { how: sharedBufferCalls(sizes, commands) }),
    walk: walks[name]?.(sizes) ?? smallWalk(sizes),
    target: name === "bytes" ? unevenTarget(1) : sharedBufferTarget(sizes),
    picture: sharedBufferPicture,
    use,
  };
}

/** The shared buffer, with everything the engines need. */
export const sharedBufferProtocol: Protocol = {
  name: "shared-buffer",
  title: "Shared buffer: a buffer as a file descriptor, against the real memory manager",
  scopes: {
    memory: () =>
      scope(
        "memory",
        "1 page, 1 file, 2 descriptors, 2 values: mappings, contents and seals, explored completely",
        [
          "explore",
          "lockstep",
        ],
      ),
    operations: () =>
      scope("operations", "2 pages, 1 file, 2 descriptors: the operations on buffers, explored completely", [
        "explore",
        "refines",
        "lockstep",
        "tour",
      ]),
    names: () =>
      scope("names", "2 files, 1 name, 2 descriptors: who creates, opens and removes, explored completely", [
        "explore",
        "refines",
        "lockstep",
        "tour",
      ]),
    bytes: () =>
      scope("bytes", "as driven, with a first cell of one byte: lengths of 1, 4095 and 4097 bytes", [
        "lockstep",
      ]),
    driven: () => scope("driven", "3 pages, 2 files, 1 name, 3 descriptors, 4 values: driven", ["lockstep"]),
  },
  mistakes: sharedBufferMistakes.map(({ operations, ...words }): Mistake => ({
    ...words,
    how: () =>
      sharedBufferCalls(
        sharedBufferSizes[words.scope],
        sharedBufferCommands(words.scope),
        mistakenRules[words.name],
      ),
    target: () => sharedBufferTarget(sharedBufferSizes[words.scope], `linux with ${words.name}`, operations),
  })),
};
