/**
 * The shared buffer, drawn: the pages of the address range above, the files below, and an arrow from each page to the
 * page of the file that it shows.
 *
 * @module
 */
import type { DeepReadonly } from "../../lockstep/machine.ts";
import type { Mark, Picture, Tone } from "../../lockstep/picture.ts";
import { showState } from "../../model/shared_buffer/show.ts";
import {
  anonymous,
  cellsPerPage,
  hole,
  look,
  sealBits,
  type SharedBufferState,
} from "../../model/shared_buffer/state.ts";
import { type LegendEntry, legendMarks } from "../picture_legend.ts";

type State = DeepReadonly<SharedBufferState>;
type Page = State["pages"][number];

const left = 70;
const cellWidth = 44;
const cellHeight = 26;
const pageGap = 24;
const pagesTop = 48;
const filesTop = 144;
const fileGap = 64;

function pageX(page: number): number {
  return left + page * (cellsPerPage * cellWidth + pageGap);
}

/** Files stand side by side, each as wide as the largest possible one. */
function fileX(state: State, object: number): number {
  const widest = (state.objects[0]?.contents.length ?? 0) * cellWidth;
  return left + object * (widest + fileGap);
}

function letter(object: number): string {
  return String.fromCharCode(65 + object);
}

function pageLabel(page: Page): string {
  if (page.holds === hole) return "hole";
  if (page.holds === anonymous) return `${page.protection}, own`;
  return `${page.protection}, ${page.shared ? "shared" : page.copied ? "copied" : "private"}`;
}

function pageTone(page: Page, found: number | "SIGSEGV" | "SIGBUS"): Tone {
  if (found === "SIGBUS") return "wrong";
  if (page.holds === hole || found === "SIGSEGV") return "muted";
  return page.shared ? "lent" : "busy";
}

function pageMarks(state: State): Mark[] {
  return state.pages.flatMap((page, index) => {
    const x = pageX(index);
    const marks: Mark[] = [
      { kind: "text", x, y: pagesTop - 24, text: `page ${index}`, tone: "muted" },
      { kind: "text", x, y: pagesTop - 8, text: pageLabel(page) },
    ];
    for (let cell = 0; cell < cellsPerPage; cell++) {
      const found = look(state, index * cellsPerPage + cell);
      marks.push({
        kind: "box",
        x: x + cell * cellWidth,
        y: pagesTop,
        width: cellWidth,
        height: cellHeight,
        tone: pageTone(page, found),
        hatched: typeof found === "string",
        label: typeof found === "number" ? String(found) : found === "SIGBUS" ? "BUS" : "",
      });
    }
    if (page.holds >= 0) marks.push(arrow(state, page, index));
    return marks;
  });
}

function arrow(state: State, page: Page, index: number): Mark {
  const half = cellsPerPage * cellWidth / 2;
  const from = [pageX(index) + half, pagesTop + cellHeight] as const;
  // A page past the end of the largest file points at its edge.
  const cells = Math.min(
    page.filePage * cellsPerPage + cellsPerPage / 2,
    state.objects[page.holds]!.contents.length,
  );
  const to = [fileX(state, page.holds) + cells * cellWidth, filesTop] as const;
  return {
    kind: "line",
    points: [from, to],
    tone: page.copied ? "muted" : "plain",
    arrow: true,
    dashed: !page.shared,
  };
}

function fileMarks(state: State): Mark[] {
  return state.objects.flatMap((object, index) => {
    if (object.kind === "none") return [];
    const x = fileX(state, index);
    const seals = Object.entries(sealBits).filter(([, bit]) => object.seals & bit).map(([name]) => name).join(
      " ",
    );
    const marks: Mark[] = [
      { kind: "text", x, y: filesTop + cellHeight + 16, text: `${letter(index)}, ${object.kind}` },
      { kind: "text", x, y: filesTop + cellHeight + 32, text: seals === "" ? "" : `sealed: ${seals}` },
    ];
    object.contents.forEach((value, cell) => {
      const inside = cell < object.cells;
      marks.push({
        kind: "box",
        x: x + cell * cellWidth,
        y: filesTop,
        width: cellWidth,
        height: cellHeight,
        tone: inside ? "busy" : value > 0 ? "wrong" : "free",
        hatched: !inside && value > 0,
        label: inside || value > 0 ? String(value) : "",
      });
    });
    return marks;
  });
}

function handleMarks(state: State): Mark[] {
  const names = state.names.flatMap((object, name) =>
    object < 0 ? [] : [`name ${name} is ${letter(object)}`]
  );
  const descriptors = state.descriptors.flatMap((index, fd) => {
    if (index < 0) return [];
    const { object, offset, access } = state.descriptions[index]!;
    return [`fd ${fd} is ${letter(object)} at ${offset}, ${access}`];
  });
  return [...names, ...descriptors].map((text, line): Mark => {
    return { kind: "text", x: left, y: filesTop + cellHeight + 60 + line * 16, text };
  });
}

const legend: readonly LegendEntry[] = [
  { tone: "lent", text: "shared mapping" },
  { tone: "busy", text: "own or private memory, part of a file" },
  { tone: "free", text: "room behind the end of a file" },
  { tone: "muted", text: "nothing mapped, or not readable" },
  { tone: "wrong", hatched: true, text: "SIGBUS, or bytes behind the end" },
];

/** Draws a state: dashed arrows are private mappings, hatched cells can not be read or are not part of their file. */
export function sharedBufferPicture(state: State): Picture {
  const handles = handleMarks(state);
  const width = Math.max(420, pageX(state.pages.length), fileX(state, state.objects.length)) + pageGap;
  const bottom = filesTop + cellHeight + 60 + handles.length * 16;
  const explained = legendMarks(legend, 10, bottom, width - 10);
  return {
    width,
    height: bottom + explained.height,
    description: showState(state),
    marks: [
      { kind: "text", x: left - 12, y: pagesTop + 17, text: "memory", anchor: "end", bold: true },
      { kind: "text", x: left - 12, y: filesTop + 17, text: "files", anchor: "end", bold: true },
      ...pageMarks(state),
      ...fileMarks(state),
      ...handles,
      ...explained.marks,
    ],
  };
}
