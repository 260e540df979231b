/**
 * The books of a zero-copy sender: its counter, which requests each number in flight carries, what each waits for.
 *
 * @module
 */
import { z } from "zod";
import type { World } from "../../lockstep/machine.ts";
import { remove } from "./remove.ts";
import type { SenderRules } from "./sender_rules.ts";
import { idCount, type ZerocopyReply, type ZerocopyScope } from "./scope.ts";

/** A request in the books. */
export interface BookedRequest {
  buffer: number;
  units: number;
  sent: number;
  /** How many numbers it waits for. */
  waits: number;
  /** The last number that carried it, where the rules remember no other; 0 otherwise. */
  lastId: number;
  /** Its owner was told, but an older one has not ended. */
  ended: boolean;
}

/** State of the books. */
export interface Books {
  /** The sender's number of the next zero-copy send. */
  nextId: number;
  /** In the order of sending. `first` is a place in `requests`; below 0 once that request is gone. */
  entries: { id: number; first: number; count: number }[];
  /** In the order of submission. */
  requests: BookedRequest[];
  /** How many of them, from the front, were sent whole. */
  unsent: number;
  /** By buffer. */
  free: boolean[];
}

/** The schema of the books. Bounds leave room for what a mistake may do before an invariant notices. */
export function booksSchema(scope: ZerocopyScope): z.ZodType<Books> {
  const id = z.int().min(0).max(idCount(scope) - 1);
  const units = z.int().min(0).max(Math.max(...scope.requestUnits));
  const place = 2 * scope.buffers;
  return z.strictObject({
    nextId: id,
    entries: z.array(z.strictObject({
      id,
      first: z.int().min(-place).max(place),
      count: z.int().min(1).max(scope.batchRequests),
    })).max(scope.spanLimit),
    requests: z.array(z.strictObject({
      buffer: z.int().min(0).max(scope.buffers - 1),
      units,
      sent: units,
      waits: z.int().min(-1).max(scope.spanLimit),
      lastId: id,
      ended: z.boolean(),
    })).max(place),
    unsent: z.int().min(0).max(place),
    free: z.array(z.boolean()).length(scope.buffers),
  });
}

/** From the oldest number in the books to the next. */
export function bookedSpan(ids: number, books: Books): number {
  const oldest = books.entries[0]?.id ?? books.nextId;
  return (books.nextId - oldest + ids) % ids;
}

/** The place of a number's entry; -1 = there is none. */
function placeOf(books: Books, id: number): number {
  for (let place = 0; place < books.entries.length; place++) {
    if (books.entries[place]!.id === id) return place;
  }
  return -1;
}

/** Whether every number from `low` to `high` is in the books. */
export function makesSense(ids: number, books: Books, low: number, high: number): boolean {
  const oldest = books.entries[0]?.id ?? books.nextId;
  const from = (low - oldest + ids) % ids;
  const count = (high - low + ids) % ids + 1;
  if (from + count > bookedSpan(ids, books)) return false;
  for (let offset = 0; offset < count; offset++) {
    if (placeOf(books, (low + offset) % ids) < 0) return false;
  }
  return true;
}

/** Counts off the numbers of a record. */
export function letGo(
  ids: number,
  books: Books,
  rules: SenderRules,
  low: number,
  high: number,
  world: World<ZerocopyReply>,
): void {
  rules.letGo(low, high, ids, (id) => {
    world.tick();
    const at = placeOf(books, id);
    if (at < 0) return;
    const { first, count } = books.entries[at]!;
    remove(books.entries, at, 1);
    for (let place = Math.max(first, 0); place < first + count; place++) {
      const request = books.requests[place];
      if (request === undefined || rules.forgetsQueued && place >= books.unsent) continue;
      if (rules.remembersLastOnly) request.waits = request.lastId === id ? 0 : request.waits;
      else if (!rules.copyForgets || request.waits > 0) request.waits--;
    }
  });
}

/**
 * Books a send of `units` units: `id` carries them, or nothing does.
 *
 * @param carry Is told whose units they are, in order, also of a request without any.
 */
export function bookSend(
  books: Books,
  rules: SenderRules,
  units: number,
  id: number | undefined,
  carry: (buffer: number, units: number) => void,
): void {
  const first = books.unsent;
  let count = 0;
  let rest = units;
  do {
    const request = books.requests[books.unsent]!;
    const taken = Math.min(rest, request.units - request.sent);
    request.sent += taken;
    rest -= taken;
    count++;
    carry(request.buffer, taken);
    if (id === undefined) {
      if (rules.copyForgets) request.waits = 0;
    } else {
      request.waits = rules.remembersLastOnly ? 1 : request.waits + 1;
      if (rules.remembersLastOnly) request.lastId = id;
    }
    if (request.sent < request.units) break;
    books.unsent++;
    if (rules.freesOnSend) books.free[request.buffer] = true;
  } while (rest > 0);
  if (id !== undefined) books.entries.push({ id, first, count });
}

/** Ends the requests that are through, and says whose buffers they were. */
export function endThrough(books: Books, rules: SenderRules): number[] {
  const ended: number[] = [];
  for (let place = 0; place < books.unsent; place++) {
    const request = books.requests[place]!;
    if (request.waits !== 0) {
      if (rules.endsInOrder) break;
      continue;
    }
    if (request.ended) continue;
    request.ended = true;
    if (!rules.freesOnSend) books.free[request.buffer] = true;
    ended.push(request.buffer);
  }
  while (books.unsent > 0 && books.requests[0]!.ended) {
    books.requests.shift();
    books.unsent--;
    for (const entry of books.entries) entry.first--;
  }
  return ended;
}

/** Gives up every pending request, and says whose buffers they were. */
export function abortAll(books: Books, rules: SenderRules): number[] {
  const pending = books.requests.filter(({ ended }) => !ended);
  for (const { buffer, waits } of pending) books.free[buffer] = waits === 0 || rules.freesOnClose;
  books.requests = [];
  books.unsent = 0;
  books.entries = [];
  return pending.map(({ buffer }) => buffer);
}
