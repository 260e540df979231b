/**
 * Page flags, drawn: the words of the page above, the threads below with an arrow to the word that each is about to
 * look at and with their store buffers, and the blocks as the client holds them.
 *
 * @module
 */
import { blockOf, isInterior, type PageAlgorithm } from "../../impl/page_flags/algorithm.ts";
import type { DeepReadonly } from "../../lockstep/machine.ts";
import type { Mark, Picture } from "../../lockstep/picture.ts";
import type { ScMemory } from "../../model/memory/sc.ts";
import type { TsoMemory } from "../../model/memory/tso.ts";
import { type LegendEntry, legendLine, legendMarks } from "../picture_legend.ts";
import type { PageFlagsState } from "../../model/page_flags.ts";
import { type PageThread, phaseStep } from "./client.ts";
import type { PageMechanismState } from "./machine.ts";

/** A state of the mechanism under a memory model that has cells. */
export type DrawnPageState = DeepReadonly<PageMechanismState<ScMemory | TsoMemory>>;

const left = 80;
const wordWidth = 100;
const wordsTop = 26;
const threadsTop = 106;
const threadWidth = 220;
const boxHeight = 26;
const gap = 10;
const buffersTop = threadsTop + boxHeight + 26;
const blockWidth = 180;

function wordX(word: number): number {
  return left + word * wordWidth;
}

function threadX(thread: number): number {
  return left + thread * (threadWidth + gap);
}

function buffersOf({ memory }: DrawnPageState): DeepReadonly<TsoMemory["buffers"]> {
  return "buffers" in memory ? memory.buffers : [];
}

function threadWords({ operation, pointer }: Pick<PageThread, "operation" | "pointer">): string {
  if (operation === "none") return "idle";
  return operation === "free" || operation === "usableSize" ? `${operation} ${pointer}` : operation;
}

/** The access that a thread makes next; `undefined` when it is idle. */
function nextAccess(
  algorithm: PageAlgorithm,
  state: DrawnPageState,
  index: number,
): { readonly kind: string; readonly location?: number } | undefined {
  const thread = state.threads[index]!;
  if (thread.operation === "none") return undefined;
  return phaseStep(algorithm, index, { ...thread, args: [...thread.args] }).access;
}

function wordMarks(algorithm: PageAlgorithm, state: DrawnPageState): Mark[] {
  return algorithm.words.flatMap((name, word): Mark[] => {
    // What memory holds is not what everybody sees while a store to it is buffered.
    const buffered = buffersOf(state).some((stores) => stores.some(({ location }) => location === word));
    const x = wordX(word);
    return [
      { kind: "text", x: x + wordWidth / 2, y: wordsTop - 8, text: name, anchor: "middle" },
      {
        kind: "box",
        x,
        y: wordsTop,
        width: wordWidth,
        height: boxHeight,
        tone: buffered ? "done" : "busy",
        hatched: buffered,
        label: String(state.memory.cells[word]),
      },
    ];
  });
}

function bufferMarks(algorithm: PageAlgorithm, state: DrawnPageState): Mark[] {
  return buffersOf(state).flatMap((stores, thread) =>
    stores.map(({ location, value }, place): Mark => ({
      kind: "box",
      x: threadX(thread),
      y: buffersTop + place * boxHeight,
      width: threadWidth,
      height: boxHeight,
      tone: "done",
      hatched: true,
      label: `${algorithm.words[location]} = ${value}`,
    }))
  );
}

function threadMarks(algorithm: PageAlgorithm, state: DrawnPageState): Mark[] {
  return state.threads.flatMap((thread, index): Mark[] => {
    const x = threadX(index);
    const access = nextAccess(algorithm, state, index);
    const marks: Mark[] = [{
      kind: "box",
      x,
      y: threadsTop,
      width: threadWidth,
      height: boxHeight,
      tone: access === undefined ? "muted" : "plain",
      label: `${index}: ${threadWords(thread)}`,
    }];
    if (access === undefined) return marks;
    const text = `${access.kind} at ${thread.phase}`;
    marks.push({ kind: "text", x, y: threadsTop + boxHeight + 14, text, tone: "muted" });
    if (access.location === undefined) return marks;
    const to = wordX(access.location) + (index + 1) * wordWidth / (state.threads.length + 1);
    const points = [[x + threadWidth / 2, threadsTop], [to, wordsTop + boxHeight]] as const;
    marks.push({ kind: "line", points, tone: "plain", arrow: true, dashed: access.kind === "load" });
    return marks;
  });
}

const legend: readonly LegendEntry[] = [
  { tone: "busy", text: "a word" },
  { tone: "done", hatched: true, text: "a store that is buffered, and the word that it hides" },
  { tone: "lent", text: "a block that is held" },
  { tone: "free", text: "a block that is not" },
];

/** How the client holds a block. */
function blockWords(pointer: number): string {
  if (pointer === 0) return "not held";
  return isInterior(pointer) ? `held in the middle, ${pointer}` : `held at its start, ${pointer}`;
}

function blockMarks(held: readonly number[], y: number): Mark[] {
  return held.flatMap((pointer, block): Mark[] => {
    const x = left + block * (blockWidth + gap);
    const half = { kind: "box", y, width: blockWidth / 2, height: boxHeight } as const;
    const interior = pointer !== 0 && isInterior(pointer);
    return [
      { ...half, x, tone: pointer === 0 ? "free" : interior ? "muted" : "lent" },
      { ...half, x: x + blockWidth / 2, tone: pointer === 0 ? "free" : "lent" },
      { kind: "text", x, y: y + boxHeight + 14, text: `${block} ${blockWords(pointer)}`, tone: "muted" },
    ];
  });
}

function describe(algorithm: PageAlgorithm, state: DrawnPageState): string {
  const words = algorithm.words.map((name, word) => `${name} is ${state.memory.cells[word]}`).join(", ");
  const threads = state.threads.map((thread, index) => {
    const access = nextAccess(algorithm, state, index);
    const stores = buffersOf(state)[index] ?? [];
    return [
      `thread ${index}: ${threadWords(thread)}`,
      ...(access === undefined ? [] : [`${access.kind} at ${thread.phase} next`]),
      ...stores.map(({ location, value }) => `${algorithm.words[location]} = ${value} is buffered`),
    ].join(", ");
  });
  const blocks = state.held.flatMap((pointer) =>
    pointer === 0 ? [] : [`block ${blockOf(pointer)} is ${blockWords(pointer)}`]
  );
  return [words, ...threads, ...blocks].join("; ");
}

/** Of the specification only callers and blocks can be drawn. */
function clientPicture({ blocks, threads }: DeepReadonly<PageFlagsState>): Picture {
  const blocksTop = wordsTop + boxHeight + 20;
  const bottom = blocksTop + boxHeight + 30;
  const across = Math.max(threadX(threads.length), left + blocks.length * (blockWidth + gap) + 40);
  const explained = legendMarks(legend.slice(2), left, bottom, across - left);
  const boxes = threads.map((thread, index): Mark => ({
    kind: "box",
    x: threadX(index),
    y: wordsTop,
    width: threadWidth,
    height: boxHeight,
    tone: thread.operation === "none" ? "muted" : "plain",
    label: `${index}: ${threadWords(thread)}`,
  }));
  const held = blocks.map((pointer, block) => `block ${block} is ${blockWords(pointer)}`);
  return {
    width: across + gap,
    height: bottom + explained.height,
    description: [...threads.map((thread, index) => `thread ${index}: ${threadWords(thread)}`), ...held].join(
      "; ",
    ),
    marks: [
      named("threads", wordsTop),
      named("blocks", blocksTop),
      ...boxes,
      ...blockMarks(blocks, blocksTop),
      ...explained.marks,
    ],
  };
}

function named(text: string, y: number): Mark {
  return { kind: "text", x: left - 12, y: y + 17, text, anchor: "end", bold: true };
}

/** Makes the picture of an algorithm's states, or of the specification's: a dashed arrow is a load, a hatched box a store that is buffered. */
export function pageFlagsPicture(
  algorithm: PageAlgorithm,
): (state: DrawnPageState | DeepReadonly<PageFlagsState>) => Picture {
  return (state) => {
    if ("blocks" in state) return clientPicture(state);
    const deepest = Math.max(0, ...buffersOf(state).map(({ length }) => length));
    const blocksTop = buffersTop + deepest * boxHeight + 20;
    const blocksWidth = state.held.length * (blockWidth + gap) + 40;
    const across = Math.max(wordX(algorithm.words.length), threadX(state.threads.length), left + blocksWidth);
    const bottom = blocksTop + boxHeight + 30;
    const explained = legendMarks(legend, left, bottom, across - left);
    return {
      width: across + gap,
      height: bottom + explained.height + legendLine,
      description: describe(algorithm, state),
      marks: [
        named("memory", wordsTop),
        named("threads", threadsTop),
        ...(deepest > 0 ? [named("stores", buffersTop)] : []),
        named("blocks", blocksTop),
        ...wordMarks(algorithm, state),
        ...threadMarks(algorithm, state),
        ...bufferMarks(algorithm, state),
        ...blockMarks(state.held, blocksTop),
        ...explained.marks,
        {
          kind: "text",
          x: left,
          y: bottom + explained.height + 10,
          text: "arrow: the access that a thread makes next; a load is dashed",
          tone: "muted",
        },
      ],
    };
  };
}
