/**
 * What goes wrong with a stream that is put together from segments.
 *
 * @module
 */
import { correct, end, implementation, model, period, type Segment } from "./stream_reassembly.ts";
import { plant, type ZooHouse } from "./zoo.ts";

/** The stream's house. */
export function streamReassemblyHouse(): ZooHouse {
  return {
    name: "stream-reassembly",
    model,
    walk: { weights: { segment: 6, read: 3, waiting: 1 }, labels: {} },
    correct: implementation(correct),
    bugs: plant(implementation, correct, {
      "old-bytes-cut-from-behind": {
        title: "bytes that are old are cut off the end of a segment",
        rule: { withoutOld: (bytes, old) => bytes.slice(0, bytes.length - old) },
      },
      "inner-copy-cuts-off": {
        title: "a segment inside a waiting one cuts off what that one has behind it",
        rule: {
          parts(segment, waiting, state) {
            for (const known of waiting) {
              const before = correct.ahead(known.at, segment.at);
              const kept = before + segment.bytes.length;
              if (before > 0 && kept < known.bytes.length) known.bytes.length = kept;
            }
            return correct.parts(segment, waiting, state);
          },
        },
      },
      "later-copy-counts": {
        title: "a segment that covers a waiting one replaces it",
        rule: {
          parts(segment, waiting, state) {
            const at = (known: Segment): number => correct.ahead(segment.at, known.at);
            const isCovered = (known: Segment): boolean =>
              at(known) > 0 && at(known) + known.bytes.length < segment.bytes.length;
            state.waiting = waiting.filter((known) => !isCovered(known));
            return correct.parts(segment, state.waiting, state);
          },
        },
      },
      "room-of-unread-not-taken": {
        title: "what is in order and not read yet takes no room",
        rule: { roomAfterDrain: ({ room }) => room, roomAfterRead: ({ room }) => room },
      },
      "read-of-some-makes-no-room": {
        title: "a read that leaves bytes behind makes no room, and the next one makes only its own",
        rule: { roomAfterRead: ({ room, ready }, read) => ready.length > 0 ? room : room + read },
      },
      "joined-once": {
        title: "a segment that was joined with the one before it is not joined with the next",
        rule: {
          joined(waiting) {
            const list = waiting.map(({ at, bytes }) => ({ at, bytes: [...bytes] }));
            for (let index = 0; index + 1 < list.length; index++) {
              if (end(list[index]!) !== list[index + 1]!.at) continue;
              list[index]!.bytes.push(...list.splice(index + 1, 1)[0]!.bytes);
            }
            return list;
          },
        },
      },
      "sorted-by-number": {
        title: "waiting segments are sorted by their numbers, across the wrap too",
        rule: {
          inserted: (waiting, parts) => [...waiting, ...parts].sort((one, other) => one.at - other.at),
        },
      },
      "wrap-hit-exactly": {
        title: "the number that is missing is not wrapped when it hits the period exactly",
        rule: {
          advanced: (number, count) => number + count > period ? number + count - period : number + count,
        },
      },
      "cut-at-both-ends": {
        title: "what was cut off the front counts against the room at the back",
        rule: { kept: (fresh, room, old) => Math.min(fresh, Math.max(0, room - old)) },
      },
      "second-part-in-first-place": {
        title: "of a segment that falls into two parts, the second is filed under the number of the first",
        rule: {
          parts(segment, waiting, state) {
            const parts = correct.parts(segment, waiting, state);
            return parts.map(({ bytes }) => ({ at: parts[0]!.at, bytes }));
          },
        },
      },
      "gap-filler-filed-last": {
        title: "a segment that closes a gap from both sides is filed behind the one after it",
        rule: {
          inserted(waiting, parts, missing) {
            const list = [...waiting];
            for (const part of parts) {
              const distance = correct.ahead(missing, part.at);
              const next = list.findIndex(({ at }) => correct.ahead(missing, at) > distance);
              const closes = next > 0 && end(list[next - 1]!) === part.at && list[next]!.at === end(part);
              list.splice(next < 0 ? list.length : closes ? next + 1 : next, 0, part);
            }
            return list;
          },
        },
      },
      "third-duplicate-empties": {
        title: "the third duplicate in a row empties the list of those that wait",
        rule: {
          noted(state, kind) {
            state.duplicates = kind === "duplicate" ? state.duplicates + 1 : 0;
            if (state.duplicates < 3) return;
            state.duplicates = 0;
            state.waiting = [];
          },
        },
      },
    }),
  };
}
