/**
 * The generated documents: the README's sections and the gallery, from the stored track record and its cases.
 *
 * @module
 */
import { stripAnsiCode } from "@std/colors";
import { explain, sidesOf, surroundings } from "../lockstep/check/sides.ts";
import { type CaseFile, parseCaseFile } from "../lockstep/drive/case_file.ts";
import type { Protocol } from "../lockstep/protocol.ts";
import { type Exhibit, gallery } from "../lockstep/report/gallery.ts";
import { terminalReport } from "../lockstep/report/terminal.ts";
import {
  casePath,
  markdownTrackRecord,
  replaceSection,
  sectionOf,
  type TrackRecordRow,
} from "../lockstep/report/track_record.ts";

/** The first finding with a case in each system that shipped one, driven once more. */
async function exhibits(
  protocols: readonly Protocol[],
  rows: readonly TrackRecordRow[],
  read: (path: string) => string,
): Promise<Exhibit[]> {
  const shown: Exhibit[] = [];
  for (const { protocol: name, name: mistake, upstream, lived, title, minimality, reproduce } of rows) {
    const system = upstream.split(/[ ,:]/, 1)[0]!;
    if (upstream === "planted" || shown.some((exhibit) => exhibit.system === system)) continue;
    if (!reproduce.includes(casePath(name, mistake))) continue;
    const protocol = protocols.find((candidate) => candidate.name === name);
    const known = protocol?.mistakes.find((candidate) => candidate.name === mistake);
    const target = known?.target?.();
    if (protocol === undefined || known === undefined || target === undefined) continue;
    if (target.probe().missing.length > 0) continue;
    const file: CaseFile = parseCaseFile(read(casePath(name, mistake)));
    const scope = protocol.scopes[known.scope]!();
    const report = await explain(sidesOf(scope, target), file, {
      foundBy: "lockstep",
      minimality: minimality === "certified"
        ? "minimal (certified: every shorter case was run)"
        : "1-minimal",
      replay: reproduce,
      walk: `deno task repl ${name} ${casePath(name, mistake)} --real`,
      drawings: surroundings(scope, known).drawings,
    });
    shown.push({ system, upstream, title, report, ...(lived === undefined ? {} : { lived }) });
  }
  return shown;
}

/** Tables are as wide as they need to be: the formatter leaves them alone. */
function table(rows: readonly TrackRecordRow[]): string {
  return `<!-- deno-fmt-ignore-start -->\n\n${markdownTrackRecord(rows)}\n\n<!-- deno-fmt-ignore-end -->`;
}

/** The pages of protocols that have one with a place for findings, with the rows of their own mistakes. */
function pages(
  protocols: readonly Protocol[],
  rows: readonly TrackRecordRow[],
  read: (path: string) => string,
): [string, string][] {
  return protocols.flatMap(({ name }): [string, string][] => {
    const path = `docs/${name}.md`;
    let page: string;
    try {
      page = read(path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
    if (sectionOf(page, "findings") === undefined) return [];
    const own = rows.filter(({ protocol }) => protocol === name);
    return [[path, replaceSection(page, "findings", table(own))]];
  });
}

/** Every generated document by its path. `read` reads a file of the project. */
export async function documents(
  protocols: readonly Protocol[],
  rows: readonly TrackRecordRow[],
  read: (path: string) => string,
): Promise<Readonly<Record<string, string>>> {
  const shown = await exhibits(protocols, rows, read);
  const { page, pictures } = gallery(shown);
  // Tables are as wide as they need to be: the formatter leaves them alone.
  const table = `<!-- deno-fmt-ignore-start -->\n\n${
    markdownTrackRecord(rows)
  }\n\n<!-- deno-fmt-ignore-end -->`;
  let readme = replaceSection(read("README.md"), "track-record", table);
  const first = shown[0];
  if (first !== undefined && readme.includes("<!-- finding -->")) {
    const text = stripAnsiCode(terminalReport(first.report, 116));
    readme = replaceSection(readme, "finding", `\`\`\`text\n${text}\n\`\`\``);
  }
  return {
    "README.md": readme,
    "docs/gallery.md": page,
    ...Object.fromEntries(pages(protocols, rows, read)),
    ...Object.fromEntries(
      Object.entries(pictures).map(([name, picture]) => [`docs/gallery/${name}`, picture]),
    ),
  };
}
