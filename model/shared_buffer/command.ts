/**
 * What can be asked of the memory manager and what it answers.
 *
 * The first group of commands are system calls and memory accesses, the second are the operations that users want,
 * which `impl/shared_buffer.ts` carries out with calls of the first group.
 *
 * @module
 */
import { z } from "zod";
import {
  type Access,
  allSeals,
  cellsPerPage,
  type Protection,
  type SharedBufferScope,
  unknownSeal,
} from "./state.ts";

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
    name: scope.names === 0 ? z.never() : z.int().min(0).max(scope.names - 1),
    at: z.int().min(0).max(lastCell),
    /** Of the address range, which takes any length and says what is wrong with it. */
    cells: z.int().min(-cellsPerPage).max(hugeCells),
    /** Of a file, or of what is copied: no more than a file may hold. */
    length: z.int().min(0).max(scope.objectCells),
    /** The same where the kernel is asked to refuse less than nothing. */
    oddLength: z.int().min(-cellsPerPage).max(scope.objectCells),
    offset: z.int().min(-cellsPerPage).max(scope.objectCells),
    value: z.int().min(0).max(scope.values - 1),
    protection: z.enum(["none", "read", "write"]),
    access: z.enum(["read", "write", "readWrite"]),
    seals: z.union([z.int().min(0).max(allSeals), z.literal(unknownSeal)]),
  };
}

/** The zod schema of the commands in `scope`. `fd` names a slot: an empty one is commanded as a closed number. */
export function commandSchema(scope: SharedBufferScope): z.ZodType<SharedBufferCommand> {
  const { fd, as, name, at, cells, length, oddLength, offset, value, protection, access, seals } = parts(
    scope,
  );
  const kind = <Name extends string>(text: Name): z.ZodLiteral<Name> => z.literal(text);
  const union: z.ZodType<SharedBufferCommand> = z.discriminatedUnion("kind", [
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
    z.strictObject({ kind: kind("ftruncate"), fd, cells: oddLength }),
    z.strictObject({ kind: kind("write"), fd, cells: length, value }),
    z.strictObject({ kind: kind("writeFrom"), fd, at, cells: length }),
    z.strictObject({ kind: kind("read"), fd, cells: length }),
    z.strictObject({ kind: kind("pread"), fd, offset, cells: length }),
    z.strictObject({ kind: kind("lseek"), fd, offset, from: z.enum(["start", "current", "end"]) }),
    z.strictObject({ kind: kind("fstat"), fd }),
    z.strictObject({ kind: kind("punchHole"), fd, offset, cells: oddLength }),
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
    z.strictObject({ kind: kind("bufferToFd"), at, cells: length, as }),
    z.strictObject({ kind: kind("allocateShared"), at, cells: length, as }),
    z.strictObject({ kind: kind("openShared"), fd, at }),
    z.strictObject({ kind: kind("freezeShared"), fd }),
    z.strictObject({ kind: kind("shareInPlace"), fd, at, cells: length }),
    z.strictObject({ kind: kind("createNamed"), name, as }),
    z.strictObject({ kind: kind("removeNamed"), fd, name }),
  ]);
  return scope.uneven
    ? union.refine(keepsParity, "memory is not copied between cells of unlike length")
    : union;
}

/** Whether a command makes sense where the two cells of a page have different lengths. */
export function keepsParity(command: SharedBufferCommand): boolean {
  return command.kind !== "writeFrom" && (command.kind !== "bufferToFd" || command.at % cellsPerPage === 0);
}

/** How an address given to `mmap` is meant: the flags MAP_FIXED and MAP_FIXED_NOREPLACE, or none. */
export type Placement = "hint" | "fixed" | "fixedNoReplace";
const placements: z.ZodType<Placement> = z.enum(["hint", "fixed", "fixedNoReplace"]);

/** The fields of each kind, so that a list of commands can be written as lists of field values. */
interface Fields {
  load: { at: number };
  store: { at: number; value: number };
  memfd: { as: number; sealable: boolean };
  shmOpen: {
    name: number;
    as: number;
    access: Access;
    create: boolean;
    exclusive: boolean;
    truncate: boolean;
  };
  shmOpenBadName: { name: BadName };
  shmUnlink: { name: number };
  shmUnlinkBadName: { name: BadName };
  socket: { as: number };
  close: { fd: number };
  dup: { fd: number; as: number };
  reopen: { fd: number; as: number; access: Access };
  ftruncate: { fd: number; cells: number };
  write: { fd: number; cells: number; value: number };
  writeFrom: { fd: number; at: number; cells: number };
  read: { fd: number; cells: number };
  pread: { fd: number; offset: number; cells: number };
  lseek: { fd: number; offset: number; from: "start" | "current" | "end" };
  fstat: { fd: number };
  punchHole: { fd: number; offset: number; cells: number };
  addSeals: { fd: number; seals: number };
  getSeals: { fd: number };
  mmapAnonymous: { at: number; cells: number; protection: Protection; placement: Placement };
  mmap: {
    fd: number;
    at: number;
    cells: number;
    offset: number;
    protection: Protection;
    shared: boolean;
    placement: Placement;
  };
  munmap: { at: number; cells: number };
  mprotect: { at: number; cells: number; protection: Protection };
  bufferToFd: { at: number; cells: number; as: number };
  allocateShared: { at: number; cells: number; as: number };
  openShared: { fd: number; at: number };
  freezeShared: { fd: number };
  shareInPlace: { fd: number; at: number; cells: number };
  createNamed: { name: number; as: number };
  removeNamed: { fd: number; name: number };
}

/** The name of a command. */
export type CommandKind = keyof Fields;
/** The command of one kind. */
export type CommandOf<Kind extends CommandKind> = { readonly kind: Kind } & Readonly<Fields[Kind]>;
/** A command. `fd` and `as` are slots, `at` a cell address, `cells` and `offset` counted in cells. */
export type SharedBufferCommand = { [Kind in CommandKind]: CommandOf<Kind> }[CommandKind];

/** Every command of `kind` whose fields have one of these values; the last field changes fastest. */
export function every<Kind extends CommandKind>(
  kind: Kind,
  fields: { readonly [Field in keyof Fields[Kind]]: readonly Fields[Kind][Field][] },
): CommandOf<Kind>[] {
  let commands: Record<string, unknown>[] = [{ kind }];
  for (const [field, values] of Object.entries<readonly unknown[]>(fields)) {
    commands = commands.flatMap((command) => values.map((value) => ({ ...command, [field]: value })));
  }
  return commands as CommandOf<Kind>[];
}

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
  | { readonly kind: "fault"; readonly signal: "SIGSEGV" | "SIGBUS" }
  | { readonly kind: "loaded"; readonly value: number }
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
    z.strictObject({ kind: z.literal("fault"), signal: z.enum(["SIGSEGV", "SIGBUS"]) }),
    z.strictObject({ kind: z.literal("loaded"), value }),
    z.strictObject({ kind: z.literal("values"), values: z.array(value).max(scope.objectCells) }),
    z.strictObject({ kind: z.literal("count"), cells }),
    z.strictObject({ kind: z.literal("status"), cells, links: z.int().min(0).max(1) }),
    z.strictObject({ kind: z.literal("seals"), seals: z.int().min(0).max(allSeals) }),
    z.strictObject({ kind: z.literal("placed"), where: z.enum(["here", "elsewhere"]) }),
    z.strictObject({ kind: z.literal("opened"), cells, stable: z.boolean() }),
  ]);
}
