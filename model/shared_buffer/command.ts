/**
 * What can be asked of the memory manager and what it answers.
 *
 * The first group of commands are system calls and memory accesses, the second are the operations that users want,
 * which `impl/shared_buffer.ts` carries out with calls of the first group.
 *
 * @module
 */
import { z } from "zod";
import { allSeals, cellsPerPage, type SharedBufferScope } from "./state.ts";

/** A length in cells that no address space holds: 2^51 bytes with pages of 4 KiB. */
export const hugeCells: number = 2 ** 40;

/** Names that are no names: what the C library says about them is part of the model. */
export const badNames = ["empty", "slash", "long"] as const;
/** One of {@link badNames}. */
export type BadName = typeof badNames[number];

function parts(scope: SharedBufferScope) {
  const lastCell = scope.pages * cellsPerPage - 1;
  return {
    fd: z.int().min(0).max(scope.descriptors - 1).meta({ refersTo: "descriptor" }),
    as: z.int().min(0).max(scope.descriptors - 1).meta({ creates: "descriptor" }),
    name: z.int().min(0).max(Math.max(scope.names - 1, 0)),
    at: z.int().min(0).max(lastCell),
    cells: z.int().min(-cellsPerPage).max(hugeCells),
    offset: z.int().min(-cellsPerPage).max(scope.objectCells),
    value: z.int().min(0).max(scope.values - 1),
    protection: z.enum(["none", "read", "write"]),
    access: z.enum(["read", "write", "readWrite"]),
    seals: z.int().min(0).max(allSeals + 1),
  };
}

/** The zod schema of the commands in `scope`. `fd` names a slot: an empty one is commanded as a closed number. */
export function commandSchema(scope: SharedBufferScope): z.ZodType<SharedBufferCommand> {
  const { fd, as, name, at, cells, offset, value, protection, access, seals } = parts(scope);
  const kind = <Name extends string>(text: Name): z.ZodLiteral<Name> => z.literal(text);
  return z.discriminatedUnion("kind", [
    z.strictObject({ kind: kind("load"), at }),
    z.strictObject({ kind: kind("store"), at, value }),
    z.strictObject({ kind: kind("memfd"), as, sealable: z.boolean() }),
    z.strictObject({
      kind: kind("shmOpen"),
      name,
      as,
      access,
      create: z.boolean(),
      exclusive: z.boolean(),
      truncate: z.boolean(),
    }),
    z.strictObject({ kind: kind("shmOpenBadName"), name: z.enum(badNames) }),
    z.strictObject({ kind: kind("shmUnlink"), name }),
    z.strictObject({ kind: kind("shmUnlinkBadName"), name: z.enum(badNames) }),
    z.strictObject({ kind: kind("socket"), as }),
    z.strictObject({ kind: kind("close"), fd }),
    z.strictObject({ kind: kind("dup"), fd, as }),
    z.strictObject({ kind: kind("reopen"), fd, as, access }),
    z.strictObject({ kind: kind("ftruncate"), fd, cells }),
    z.strictObject({ kind: kind("write"), fd, cells, value }),
    z.strictObject({ kind: kind("writeFrom"), fd, at, cells }),
    z.strictObject({ kind: kind("read"), fd, cells }),
    z.strictObject({ kind: kind("pread"), fd, offset, cells }),
    z.strictObject({ kind: kind("lseek"), fd, offset, from: z.enum(["start", "current", "end"]) }),
    z.strictObject({ kind: kind("fstat"), fd }),
    z.strictObject({ kind: kind("punchHole"), fd, offset, cells }),
    z.strictObject({ kind: kind("addSeals"), fd, seals }),
    z.strictObject({ kind: kind("getSeals"), fd }),
    z.strictObject({ kind: kind("mmapAnonymous"), at, cells, protection, placement: placements }),
    z.strictObject({
      kind: kind("mmap"),
      fd,
      at,
      cells,
      offset,
      protection,
      shared: z.boolean(),
      placement: placements,
    }),
    z.strictObject({ kind: kind("munmap"), at, cells }),
    z.strictObject({ kind: kind("mprotect"), at, cells, protection }),
    z.strictObject({ kind: kind("bufferToFd"), at, cells, as }),
    z.strictObject({ kind: kind("allocateShared"), at, cells, as }),
    z.strictObject({ kind: kind("openShared"), fd, at }),
    z.strictObject({ kind: kind("freezeShared"), fd }),
    z.strictObject({ kind: kind("shareInPlace"), fd, at, cells }),
    z.strictObject({ kind: kind("createNamed"), name, as }),
    z.strictObject({ kind: kind("removeNamed"), fd, name }),
  ]);
}

/** How an address given to `mmap` is meant: the flags MAP_FIXED and MAP_FIXED_NOREPLACE, or none. */
export type Placement = "hint" | "fixed" | "fixedNoReplace";
const placements: z.ZodType<Placement> = z.enum(["hint", "fixed", "fixedNoReplace"]);

type Fd = { readonly fd: number };
type As = { readonly as: number };
type Span = { readonly at: number; readonly cells: number };
type Guard = { readonly protection: "none" | "read" | "write" };
type Mode = { readonly access: "read" | "write" | "readWrite" };

/** A command. `fd` and `as` are slots, `at` a cell address, `cells` and `offset` counted in cells. */
export type SharedBufferCommand =
  | { readonly kind: "load"; readonly at: number }
  | { readonly kind: "store"; readonly at: number; readonly value: number }
  | { readonly kind: "memfd"; readonly sealable: boolean } & As
  | {
    readonly kind: "shmOpen";
    readonly name: number;
    readonly create: boolean;
    readonly exclusive: boolean;
    readonly truncate: boolean;
  }
    & As
    & Mode
  | { readonly kind: "shmOpenBadName" | "shmUnlinkBadName"; readonly name: BadName }
  | { readonly kind: "shmUnlink"; readonly name: number }
  | { readonly kind: "socket" } & As
  | { readonly kind: "close" | "fstat" | "getSeals" | "freezeShared" } & Fd
  | { readonly kind: "dup" } & Fd & As
  | { readonly kind: "reopen" } & Fd & As & Mode
  | { readonly kind: "ftruncate" | "read"; readonly cells: number } & Fd
  | { readonly kind: "write"; readonly cells: number; readonly value: number } & Fd
  | { readonly kind: "writeFrom" | "shareInPlace" } & Fd & Span
  | { readonly kind: "pread" | "punchHole"; readonly offset: number; readonly cells: number } & Fd
  | { readonly kind: "lseek"; readonly offset: number; readonly from: "start" | "current" | "end" } & Fd
  | { readonly kind: "addSeals"; readonly seals: number } & Fd
  | { readonly kind: "mmapAnonymous"; readonly placement: Placement } & Span & Guard
  | {
    readonly kind: "mmap";
    readonly offset: number;
    readonly shared: boolean;
    readonly placement: Placement;
  }
    & Fd
    & Span
    & Guard
  | { readonly kind: "munmap" } & Span
  | { readonly kind: "mprotect" } & Span & Guard
  | { readonly kind: "bufferToFd" | "allocateShared" } & Span & As
  | { readonly kind: "openShared"; readonly at: number } & Fd
  | { readonly kind: "createNamed"; readonly name: number } & As
  | { readonly kind: "removeNamed"; readonly name: number } & Fd;

/** The errnos that the model can give. */
export const errnos = [
  "EACCES",
  "EBADF",
  "EBUSY",
  "EEXIST",
  "EFAULT",
  "EINVAL",
  "ENODEV",
  "ENOENT",
  "ENOMEM",
  "ENOTCONN",
  "ENXIO",
  "EOVERFLOW",
  "EPERM",
  "ESPIPE",
] as const;
/** One of {@link errnos}. */
export type ErrnoName = typeof errnos[number];

/** Why an operation of ours declines without asking the kernel. */
export const refusals = ["not whole pages", "may shrink"] as const;

/** An answer. Counts, lengths and offsets are in cells. */
export type SharedBufferReply =
  | { readonly kind: "done" }
  | { readonly kind: "error"; readonly errno: ErrnoName }
  | { readonly kind: "refused"; readonly because: typeof refusals[number] }
  | { readonly kind: "signal"; readonly signal: "SIGSEGV" | "SIGBUS" }
  | { readonly kind: "value"; readonly value: number }
  | { readonly kind: "values"; readonly values: number[] }
  | { readonly kind: "count"; readonly cells: number }
  | { readonly kind: "status"; readonly cells: number; readonly links: number }
  | { readonly kind: "seals"; readonly seals: number }
  | { readonly kind: "placed"; readonly where: "here" | "elsewhere" }
  | { readonly kind: "opened"; readonly cells: number; readonly stable: boolean };

/** The zod schema of the answers in `scope`. */
export function replySchema(scope: SharedBufferScope): z.ZodType<SharedBufferReply> {
  const value = z.int().min(0).max(scope.values - 1);
  const cells = z.int().min(0).max(Math.max(scope.objectCells, scope.pages * cellsPerPage));
  return z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("done") }),
    z.strictObject({ kind: z.literal("error"), errno: z.enum(errnos) }),
    z.strictObject({ kind: z.literal("refused"), because: z.enum(refusals) }),
    z.strictObject({ kind: z.literal("signal"), signal: z.enum(["SIGSEGV", "SIGBUS"]) }),
    z.strictObject({ kind: z.literal("value"), value }),
    z.strictObject({ kind: z.literal("values"), values: z.array(value).max(scope.objectCells) }),
    z.strictObject({ kind: z.literal("count"), cells }),
    z.strictObject({ kind: z.literal("status"), cells, links: z.int().min(0).max(1) }),
    z.strictObject({ kind: z.literal("seals"), seals: z.int().min(0).max(allSeals) }),
    z.strictObject({ kind: z.literal("placed"), where: z.enum(["here", "elsewhere"]) }),
    z.strictObject({ kind: z.literal("opened"), cells, stable: z.boolean() }),
  ]);
}
