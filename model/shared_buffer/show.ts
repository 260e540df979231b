/**
 * A state in one line.
 *
 * @module
 */
import type { DeepReadonly } from "../../lockstep/machine.ts";
import { anonymous, cellsPerPage, hole, look, sealBits, type SharedBufferState } from "./state.ts";

function showCell(found: number | "SIGSEGV" | "SIGBUS"): string {
  return found === "SIGSEGV" ? "-" : found === "SIGBUS" ? "!" : String(found);
}

function showSeals(seals: number): string {
  return Object.entries(sealBits).filter(([, bit]) => seals & bit).map(([name]) => name).join("+");
}

/** `[01] [-- A:0] | A=01/2 sealed shrink | a->A | 0->A@1`: pages, files, names, descriptors. `-` faults, `!` is SIGBUS. */
export function showState(state: DeepReadonly<SharedBufferState>): string {
  const letter = (index: number): string => String.fromCharCode(65 + index);
  const pages = state.pages.map((page, index) => {
    const cells = Array.from({ length: cellsPerPage }, (_, cell) => {
      return showCell(look(state, index * cellsPerPage + cell));
    }).join("");
    if (page.holds === hole) return `[${cells}]`;
    if (page.holds === anonymous) return `[${cells} ${page.protection} own]`;
    const sharing = page.shared ? "" : page.copied ? " copied" : " private";
    return `[${cells} ${page.protection} ${letter(page.holds)}:${page.filePage}${sharing}]`;
  });
  const files = state.objects.flatMap((object, index) => {
    if (object.kind === "none") return [];
    if (object.kind === "socket") return [`${letter(index)}=socket`];
    const seals = object.seals === 0 ? "" : ` sealed ${showSeals(object.seals)}`;
    return [`${letter(index)}=${object.contents.join("")}/${object.cells}${seals}`];
  });
  const names = state.names.flatMap((index, name) => index < 0 ? [] : [`name ${name}->${letter(index)}`]);
  const descriptors = state.descriptors.flatMap((index, fd) => {
    if (index < 0) return [];
    const { object, offset, access } = state.descriptions[index]!;
    return [`fd ${fd}->${letter(object)}@${offset} ${access}`];
  });
  return [pages.join(" "), ...[files, names, descriptors].map((part) => part.join(", "))]
    .filter((part) => part !== "").join(" | ");
}
