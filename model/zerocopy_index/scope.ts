/**
 * What the two machines of the zero-copy index share: sizes, commands, replies, views.
 *
 * Lengths are counted in units. A unit is as many bytes as the real side likes; exploring needs 1 to 3 of them.
 *
 * @module
 */
import { z } from "zod";

/** Sizes and freedoms of one instance of the model. */
export interface ZerocopyScope {
  /** Bits of the counter, 2 to 32. */
  readonly widthBits: number;
  /** Buffers in the pool, 1 to 8: their names are 0 to this number less 1. */
  readonly buffers: number;
  /** Lengths of requests in units. */
  readonly requestUnits: readonly number[];
  /** Whether requests may be held, so that several share a send. */
  readonly holding: boolean;
  /** Most units of one send. */
  readonly chunkUnits: number;
  /** A send of fewer units copies. */
  readonly thresholdUnits: number;
  /** Most requests that share one send. */
  readonly batchRequests: number;
  /** Most numbers from the oldest one in flight to the next, below 2^widthBits. */
  readonly spanLimit: number;
  /** Nothing is submitted while so many units are unread. */
  readonly wireUnits: number;
  /** Most units that one read takes. */
  readonly readUnits: number;
  /** A stream may take a part of a send and may refuse one (`EAGAIN`); datagrams are taken and read whole. */
  readonly transport: "stream" | "datagram";
  /** Of the kernel's buffers. With plenty, a send is taken whole and has arrived when it returns; a datagram is then notified, too. */
  readonly room: "tight" | "plenty";
  /** Notifications for which the kernel has memory; 0 = no limit. */
  readonly notificationLimit: number;
  /** In which order the kernel may let go of sends. */
  readonly order: "in order" | "any";
  /** Whether the mechanism's kernel completes sends when they are read about, or when it likes: the same to a caller. */
  readonly completions: "when read" | "any time";
  /** Whether a send may share the notification of the one before it. */
  readonly coalescing: boolean;
  /** Whether the kernel has to copy. */
  readonly copied: "always" | "either";
  /** Whether others can use up all the memory for zero-copy sends. */
  readonly starving: boolean;
  readonly closing: boolean;
  /** Whether single notifications are read, besides all of them. */
  readonly limitedPolls: boolean;
  /** The numbers of the first send. */
  readonly firstIds: readonly number[];
  /** Nothing is submitted once so many numbers are used up, counted from the first of `firstIds`; 0 = no limit. */
  readonly numbers: number;
}

/** A command to the sender, its reader or its surroundings. */
export type ZerocopyCommand =
  /** The owner of the pool takes the lowest free buffer, fills it and submits it; after `close` it only fills it. */
  | { readonly kind: "submit"; readonly units: number; readonly hold: boolean }
  /** The sender reads notifications, all or one, and goes on sending. */
  | { readonly kind: "poll"; readonly records: "all" | "one" }
  /** The reader takes what has arrived, up to `readUnits`. */
  | { readonly kind: "read" }
  /** The reader takes and acknowledges everything. */
  | { readonly kind: "settle" }
  /** Others use up, or give back, the memory for zero-copy sends. */
  | { readonly kind: "starve" | "relieve" }
  /** The sender gives up and its socket is closed. */
  | { readonly kind: "close" };

/** One send: what was asked and what the kernel answered, units taken or the errno. */
export interface Attempt {
  readonly units: number;
  readonly zerocopy: boolean;
  readonly result: number | "EAGAIN" | "ENOBUFS";
}

/** The kernel lets go of the sends `low` to `high`, modulo the counter. */
export interface NotificationRecord {
  readonly low: number;
  readonly high: number;
  readonly copied: boolean;
}

/** Bytes as the reader found them: from which buffer, and whether from an odd or even use of it. */
export interface Run {
  readonly buffer: number;
  readonly parity: number;
  readonly units: number;
}

/** What is answered. Everything that the kernel decided is in it, nothing that only the sender knows. */
export type ZerocopyReply =
  | {
    readonly kind: "submitted";
    readonly buffer: number;
    readonly attempts: readonly Attempt[];
    readonly ended: readonly number[];
  }
  | {
    readonly kind: "polled";
    readonly records: readonly NotificationRecord[];
    /** Records that the sender found senseless. */
    readonly refused: number;
    readonly attempts: readonly Attempt[];
    /** The requests that ended, by buffer, in the order in which the owner was told. */
    readonly ended: readonly number[];
  }
  | { readonly kind: "read"; readonly runs: readonly Run[] }
  | { readonly kind: "settled"; readonly runs: readonly Run[] }
  | { readonly kind: "closed"; readonly aborted: readonly number[] }
  /** The buffer that was filled after `close`. */
  | { readonly kind: "filled"; readonly buffer: number }
  /** No buffer is free. */
  | { readonly kind: "full" }
  | { readonly kind: "done" };

/** What can be seen at any time. */
export interface ZerocopyView {
  readonly freeBuffers: number;
  readonly pendingRequests: number;
}

/** Where a case begins. */
export interface ZerocopyStart {
  /** The number of the first zero-copy send: so many the socket has done already, modulo the counter. */
  readonly firstId: number;
}

/** The schemas that both machines share. */
export interface ZerocopySchemas {
  readonly command: z.ZodType<ZerocopyCommand>;
  readonly reply: z.ZodType<ZerocopyReply>;
  readonly start: z.ZodType<ZerocopyStart>;
  readonly view: z.ZodType<ZerocopyView>;
}

/** Ids of a counter: how many there are. */
export function idCount({ widthBits }: ZerocopyScope): number {
  // Asked in every step: small powers as small integers.
  return widthBits < 30 ? 1 << widthBits : 2 ** widthBits;
}

/** Whether a submission is in scope: bounded by the kernel's own number, whatever the sender believes. */
export function hasNumbersLeft(scope: ZerocopyScope, nextId: number): boolean {
  if (scope.numbers === 0) return true;
  return (nextId - scope.firstIds[0]! + idCount(scope)) % idCount(scope) < scope.numbers;
}

/** Units that can be unread at once: what the guard of `submit` lets in, and what was queued before. */
export function maxWireUnits(scope: ZerocopyScope): number {
  return scope.wireUnits + scope.buffers * Math.max(...scope.requestUnits);
}

/** Checks a scope. @throws {RangeError} that names the first wrong field */
export function checkZerocopyScope(scope: ZerocopyScope): void {
  const require = (field: keyof ZerocopyScope, min: number, max: number): void => {
    const values = [scope[field]].flat();
    for (const value of values) {
      if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) continue;
      throw new RangeError(
        `Cannot build a zero-copy index: ${field} is ${
          JSON.stringify(scope[field])
        }, must be ${min} to ${max}`,
      );
    }
  };
  require("widthBits", 2, 32);
  require("buffers", 1, 8);
  require("requestUnits", 0, 16);
  require("chunkUnits", 1, 16);
  require("thresholdUnits", 0, 16);
  require("batchRequests", 1, 8);
  require("spanLimit", 1, Math.min(idCount(scope) - 1, 16));
  require("wireUnits", 1, 64);
  require("readUnits", 1, 16);
  require("notificationLimit", 0, 16);
  require("firstIds", 0, idCount(scope) - 1);
  require("numbers", 0, idCount(scope) / 2);
  if (scope.requestUnits.length === 0 || scope.firstIds.length === 0) {
    throw new RangeError(
      "Cannot build a zero-copy index: requestUnits and firstIds must name at least one each",
    );
  }
}

/** Every command of a scope, simplest first. */
export function zerocopyCommands(scope: ZerocopyScope): readonly ZerocopyCommand[] {
  return [
    { kind: "poll", records: "all" },
    { kind: "settle" },
    { kind: "read" },
    ...scope.requestUnits.map((units) => ({ kind: "submit", units, hold: false }) as const),
    ...(scope.limitedPolls ? [{ kind: "poll", records: "one" } as const] : []),
    ...(scope.holding
      ? scope.requestUnits.map((units) => ({ kind: "submit", units, hold: true }) as const)
      : []),
    ...(scope.starving ? [{ kind: "starve" } as const, { kind: "relieve" } as const] : []),
    ...(scope.closing ? [{ kind: "close" } as const] : []),
  ];
}

/** Who carries out a command. */
export function zerocopyActor(command: ZerocopyCommand): string {
  switch (command.kind) {
    case "submit":
    case "poll":
    case "close":
      return "sender";
    case "read":
    case "settle":
      return "reader";
    case "starve":
    case "relieve":
      return "others";
  }
}

/** Builds the schemas of commands, replies, starts and views for a scope. */
export function zerocopySchemas(scope: ZerocopyScope): ZerocopySchemas {
  const id = z.int().min(0).max(idCount(scope) - 1);
  const buffer = z.int().min(0).max(scope.buffers - 1);
  const buffers = z.array(buffer).max(scope.buffers);
  const units = z.int().min(0).max(maxWireUnits(scope));
  const attempts = z.array(z.strictObject({
    units,
    zerocopy: z.boolean(),
    result: z.union([units, z.enum(["EAGAIN", "ENOBUFS"])]),
  })).max(64);
  const records = z.array(z.strictObject({ low: id, high: id, copied: z.boolean() })).max(16);
  const runs = z.array(z.strictObject({ buffer, parity: z.int().min(0).max(1), units })).max(64);
  const largest = Math.max(...scope.requestUnits);
  return {
    command: z.discriminatedUnion("kind", [
      z.strictObject({
        kind: z.literal("submit"),
        units: z.int().min(0).max(largest),
        hold: z.boolean(),
      }),
      z.strictObject({ kind: z.literal("poll"), records: z.enum(["all", "one"]) }),
      z.strictObject({ kind: z.enum(["read", "settle", "starve", "relieve", "close"]) }),
    ]),
    reply: z.discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("submitted"), buffer, attempts, ended: buffers }),
      z.strictObject({
        kind: z.literal("polled"),
        records,
        refused: z.int().min(0).max(16),
        attempts,
        ended: buffers,
      }),
      z.strictObject({ kind: z.enum(["read", "settled"]), runs }),
      z.strictObject({ kind: z.literal("closed"), aborted: buffers }),
      z.strictObject({ kind: z.literal("filled"), buffer }),
      z.strictObject({ kind: z.enum(["full", "done"]) }),
    ]),
    start: z.strictObject({ firstId: id }),
    view: z.strictObject({
      freeBuffers: z.int().min(0).max(scope.buffers),
      pendingRequests: z.int().min(0).max(scope.buffers),
    }),
  };
}

/** A list of words for a state on one line; a dash where there is none. */
export function listed(items: readonly (string | number)[]): string {
  return items.length === 0 ? "-" : items.join(" ");
}

/** The names of the free buffers and what is on the wire, for a state on one line. */
export function showSurroundings(
  free: readonly boolean[],
  wire: readonly { readonly buffer: number; readonly units: number }[],
): string {
  const names = free.flatMap((isFree, buffer) => isFree ? [buffer] : []);
  return `free ${listed(names)} | wire ${listed(wire.map(({ buffer, units }) => `${buffer}x${units}`))}`;
}
