/**
 * The track record: what every engine did with every known mistake, as a table for terminals and documents.
 *
 * @module
 */
import { bold, dim, green, red, yellow } from "@std/colors";
import { z } from "zod";
import type { BugSummary } from "../check/find_mistakes.ts";
import type { Engine } from "../protocol.ts";
import { cell, plainText } from "./markdown.ts";
import { oneLine } from "./phrase.ts";

/** One known mistake and what was done with it. */
export interface TrackRecordRow {
  readonly protocol: string;
  readonly name: string;
  readonly title: string;
  readonly upstream: string;
  readonly lived?: string;
  /** Engines that found it, each with the length of its counterexample. */
  readonly foundBy: readonly { readonly engine: Engine; readonly commands: number }[];
  /** Engines that had to find it and did not. */
  readonly missedBy: readonly Engine[];
  /** Length of the counterexample that is reproduced. */
  readonly commands: number;
  readonly minimality: "certified" | "1-minimal";
  /** The command line that shows it again. */
  readonly reproduce: string;
}

/** Rows as they are stored. */
export const trackRecordSchema: z.ZodType<readonly TrackRecordRow[]> = z.array(z.strictObject({
  protocol: z.string(),
  name: z.string(),
  title: z.string(),
  upstream: z.string(),
  lived: z.string().optional(),
  foundBy: z.array(z.strictObject({
    engine: z.enum(["explore", "refines", "lockstep", "tour", "race"]),
    commands: z.int().min(0),
  })),
  missedBy: z.array(z.enum(["explore", "refines", "lockstep", "tour", "race"])),
  commands: z.int().min(0),
  minimality: z.enum(["certified", "1-minimal"]),
  reproduce: z.string(),
})) as unknown as z.ZodType<readonly TrackRecordRow[]>;

/** Where the case of a mistake is kept, from the project's root. */
export function casePath(protocol: string, mistake: string): string {
  return `docs/cases/${protocol}/${mistake}.json`;
}

/** A row from what was found. Where only a search found it, the search is what reproduces it. */
export function trackRecordRow(protocol: string, bug: BugSummary): TrackRecordRow {
  const { name, title, upstream, lived, foundBy, missedBy, lengths, commands, minimality } = bug;
  return {
    protocol,
    name,
    title,
    upstream,
    ...(lived === undefined ? {} : { lived }),
    foundBy: foundBy.map((engine) => ({ engine, commands: lengths[engine] ?? 0 })),
    missedBy,
    commands,
    minimality,
    reproduce: bug.case === undefined
      ? `deno task explore ${protocol} --mistake ${name}`
      : `deno task replay ${casePath(protocol, name)}`,
  };
}

function foundPhrase({ foundBy }: TrackRecordRow): string {
  return foundBy.map(({ engine, commands }) => `${engine} ${commands}`).join(", ");
}

/** What kind of project it was found in: `Xpra #4271` is Xpra's. */
function systemOf({ upstream }: TrackRecordRow): string {
  return upstream.split(/[ ,:]/, 1)[0]!;
}

const planted = (row: TrackRecordRow): boolean => row.upstream === "planted";

function pad(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - text.length));
}

/** The table for a terminal. */
export function terminalTrackRecord(rows: readonly TrackRecordRow[]): string {
  const columns = rows.map((row) => [
    row.missedBy.length === 0 && row.foundBy.length > 0 ? "✓" : "✗",
    oneLine(row.protocol, 40),
    oneLine(row.title, 70),
    oneLine(row.upstream, 30),
    oneLine(row.lived ?? "", 24),
    foundPhrase(row),
    row.minimality,
    oneLine(row.reproduce),
  ]);
  const header = [
    "",
    "protocol",
    "mistake",
    "upstream",
    "lived",
    "found by (commands)",
    "minimal",
    "reproduce with",
  ];
  const widths = header.map((title, index) =>
    Math.max(title.length, ...columns.map((row) => row[index]!.length))
  );
  const lines = columns.map((row, index) => {
    const [mark, ...rest] = row.map((text, column) => pad(text, widths[column]!));
    const missed = rows[index]!.missedBy;
    const note = missed.length === 0 ? "" : red(`  missed by ${missed.join(", ")}`);
    return `${mark === "✓" ? green("✓") : red("✗")} ${rest.slice(0, -1).join("  ")}  ${
      dim(row.at(-1)!)
    }${note}`;
  });
  const shipped = rows.filter((row) => !planted(row)).length;
  const head = bold(header.map((title, index) => pad(title, widths[index]!)).slice(1).join("  ").trimEnd());
  const sum = yellow(`${shipped} mistakes from the field, ${rows.length - shipped} planted ones`);
  return [`  ${head}`, ...lines, "", sum].join("\n");
}

function markdownTable(rows: readonly TrackRecordRow[], withSystem: boolean): string {
  const head = withSystem
    ? "| system | upstream | lived | mistake | found by (commands) | minimal | reproduce with |\n|---|---|---|---|---|---|---|"
    : "| protocol | mistake | found by (commands) | minimal | reproduce with |\n|---|---|---|---|---|";
  const body = rows.map((row) => {
    const common = [plainText(row.title), foundPhrase(row), row.minimality, cell(row.reproduce)];
    const first = withSystem
      ? [plainText(systemOf(row)), plainText(row.upstream), plainText(row.lived ?? "")]
      : [row.protocol];
    return `| ${[...first, ...common].join(" | ")} |`;
  });
  return [head, ...body].join("\n");
}

/** The table for a document: what shipped first, the planted ones folded away. */
export function markdownTrackRecord(rows: readonly TrackRecordRow[]): string {
  const shipped = rows.filter((row) => !planted(row));
  const others = rows.filter(planted);
  const parts = [markdownTable(shipped, true)];
  if (others.length > 0) {
    parts.push(
      `<details><summary>${others.length} planted mistakes that keep the engines awake</summary>\n\n${
        markdownTable(others, false)
      }\n\n</details>`,
    );
  }
  return parts.join("\n\n");
}

/** `document` with `text` between the markers `<!-- name -->` and `<!-- /name -->`. @throws {RangeError} without them. */
export function replaceSection(document: string, name: string, text: string): string {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const from = document.indexOf(open);
  const to = document.indexOf(close, from);
  if (from < 0 || to < 0) {
    throw new RangeError(`Cannot replace section ${name}: the markers ${open} and ${close} are missing`);
  }
  return `${document.slice(0, from + open.length)}\n\n${text.trim()}\n\n${document.slice(to)}`;
}

/** What stands between the markers; `undefined` without them. */
export function sectionOf(document: string, name: string): string | undefined {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const from = document.indexOf(open);
  const to = document.indexOf(close, from);
  return from < 0 || to < 0 ? undefined : document.slice(from + open.length, to).trim();
}
