/**
 * A history of threads as a picture: a column per thread, real time downwards, each operation a box from its call
 * to its return.
 *
 * @module
 */
import type { Mark, Picture } from "../picture.ts";
import type { History } from "./history.ts";

const columnWidth = 190;
const eventHeight = 22;
const top = 26;

/** Draws the history; operations that no order explains are marked as wrong. */
export function historyPicture(history: History): Picture {
  const { threads, operations } = history;
  const times = [
    ...new Set(operations.flatMap(({ invokedAt, returnedAt }) => [invokedAt, returnedAt ?? invokedAt])),
  ]
    .sort((first, second) => first - second);
  const rowOf = new Map(times.map((time, index) => [time, index]));
  const height = top + (times.length + 1) * eventHeight;
  const marks: Mark[] = threads.flatMap((name, index): Mark[] => {
    const x = index * columnWidth + columnWidth / 2;
    return [
      { kind: "text", x, y: 15, text: name, anchor: "middle", bold: true },
      { kind: "line", points: [[x, top], [x, height - 4]], tone: "muted", dashed: true },
    ];
  });
  for (const { thread, action, answer, invokedAt, returnedAt, placed } of operations) {
    const from = top + rowOf.get(invokedAt)! * eventHeight;
    const to = returnedAt === undefined ? height - 4 : top + (rowOf.get(returnedAt)! + 1) * eventHeight - 4;
    const place = placed === undefined ? "✗" : `#${placed + 1}`;
    marks.push({
      kind: "box",
      x: thread * columnWidth + 6,
      y: from,
      width: columnWidth - 12,
      height: Math.max(eventHeight - 4, to - from),
      tone: placed === undefined ? "wrong" : "busy",
      hatched: placed === undefined,
      label: `${place} ${action}${answer === undefined ? " …" : ` → ${answer}`}`.slice(0, 30),
    });
  }
  const stuck = operations.filter(({ placed }) => placed === undefined).length;
  return {
    width: threads.length * columnWidth,
    height,
    description:
      `${operations.length} operations of ${threads.length} threads in real-time order; ${stuck} of them ` +
      "have no place in any order that the machine allows",
    marks,
  };
}
