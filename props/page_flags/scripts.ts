/**
 * Bounded clients of a page: each thread follows a short script and hands pointers over through mailboxes in shared
 * memory, with release and acquire, as real programs do. They run under every memory model and on real threads.
 *
 * @module
 */

/** One thing that a thread does. Slots and mailboxes are numbers from 0; an empty mailbox ends the script of its reader. */
export type ScriptAction =
  | { readonly kind: "malloc" | "mallocAligned"; readonly slot: number }
  | { readonly kind: "free" | "usableSize"; readonly slot: number }
  | { readonly kind: "send" | "receive"; readonly slot: number; readonly box: number };

/** What each thread does, thread 0 first. */
export type Script = readonly (readonly ScriptAction[])[];

/** Owner: two aligned allocations, the first handed over before the second. Other thread: frees what it receives. */
export const handOverScript: Script = [
  [
    { kind: "mallocAligned", slot: 0 },
    { kind: "send", slot: 0, box: 0 },
    { kind: "mallocAligned", slot: 1 },
  ],
  [{ kind: "receive", slot: 0, box: 0 }, { kind: "free", slot: 0 }],
];

/** The same with a question for the size in place of the free. */
export const sizeScript: Script = [
  handOverScript[0]!,
  [{ kind: "receive", slot: 0, box: 0 }, { kind: "usableSize", slot: 0 }],
];

/** Shortest way to the lost flag: a block is handed over, and freed while the page's last block is being allocated. */
export const lostFlagScript: Script = [
  [
    { kind: "malloc", slot: 0 },
    { kind: "send", slot: 0, box: 0 },
    { kind: "mallocAligned", slot: 1 },
    { kind: "free", slot: 1 },
  ],
  [{ kind: "receive", slot: 0, box: 0 }, { kind: "free", slot: 0 }, { kind: "malloc", slot: 1 }, {
    kind: "malloc",
    slot: 2,
  }],
];
