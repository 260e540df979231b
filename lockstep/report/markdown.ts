/**
 * A counterexample as Markdown, for issues and summaries of continuous integration. Pure: data in, text out.
 *
 * @module
 */
import { changePhrase } from "./changes.ts";
import { historyLines } from "./history_text.ts";
import { oneLine, phrase } from "./phrase.ts";
import { programOf } from "./program.ts";
import { type Counterexample, type CounterexampleStep, partedIndex } from "./report_data.ts";
import { confirmedPhrase } from "./terminal.ts";

/** Below the 65,536 characters that an issue may have; counted in bytes of UTF-8. */
export const maximumMarkdownBytes = 64_000;

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** Foreign text as inline code: nothing in it is markup or a mention. In a table, use {@link cell}. */
export function code(text: string): string {
  return fence(oneLine(text));
}

/** The same in a table, where a divider has to be escaped even inside code. */
export function cell(text: string): string {
  return fence(oneLine(text).replaceAll("|", "\\|"));
}

function fence(shown: string): string {
  const ticks = Math.max(0, ...(shown.match(/`+/g) ?? []).map(({ length }) => length));
  const ends = "`".repeat(ticks + 1);
  const space = shown.startsWith("`") || shown.endsWith("`") || shown === "" ? " " : "";
  return `${ends}${space}${shown}${space}${ends}`;
}

/** Characters that HTML or GitHub would act on, in a form that it only shows. */
const inert: Readonly<Record<string, string>> = { "@": "@\u200b", "<": "&lt;", ">": "&gt;", "&": "&amp;" };

/** Foreign text in a sentence: every character that could begin markup is escaped. */
export function plainText(text: string, maximumCharacters?: number): string {
  return oneLine(text, maximumCharacters)
    .replace(/[\\`*_{}[\]<>#+!|~&@$^]/g, (character) => inert[character] ?? `\\${character}`);
}

function fenced(text: string, language: string): string {
  const ticks = Math.max(2, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = "`".repeat(ticks + 1);
  return `${fence}${language}\n${text.trimEnd()}\n${fence}`;
}

function row(step: CounterexampleStep, number: number): string {
  const label = step.epilogue ? "·" : String(number);
  const answer = step.parted
    ? [`**✗ ${cell(step.answer)}**`, ...(step.allowed ?? []).map((allowed) => `allowed: ${cell(allowed)}`)]
      .join("<br>")
    : cell(step.answer);
  const changed = step.changes.map((change) => cell(changePhrase(change))).join("<br>");
  return `| ${label} | ${cell(step.actor)} | ${cell(step.action)} | ${answer} | ${changed} |`;
}

/** Rows around the divergence that fit; what is left out is said in a row of its own. */
function rows(report: Counterexample, maximumBytes: number): string[] {
  const all = report.steps.map((step, index) => row(step, index + 1));
  const sizes = all.map((text) => byteLength(text) + 1);
  if (sizes.reduce((sum, size) => sum + size, 0) <= maximumBytes) return all;
  const parted = partedIndex(report);
  let last = parted < 0 ? all.length - 1 : parted;
  let first = last;
  let room = maximumBytes - sizes[last]! - 200;
  while (first > 0 && sizes[first - 1]! <= room) room -= sizes[--first]!;
  while (last < all.length - 1 && sizes[last + 1]! <= room) room -= sizes[++last]!;
  return [
    ...(first > 0 ? [`| … |  | ${first} earlier steps are not shown |  |  |`] : []),
    ...all.slice(first, last + 1),
    ...(last < all.length - 1 ? [`| … |  | ${all.length - 1 - last} later steps are not shown |  |  |`] : []),
  ];
}

function program(report: Counterexample, maximumBytes: number): string {
  const text = programOf(report.case);
  const what = byteLength(text) <= maximumBytes
    ? fenced(text, "ts")
    : `The case has ${report.case.commands.length} commands and is too long to be shown here; use the case file.`;
  return `<details><summary>The case as a test</summary>\n\n${what}\n\n</details>`;
}

/** The report in less than {@link maximumMarkdownBytes} bytes, whatever is in it. */
export function markdownReport(report: Counterexample, maximumBytes: number = maximumMarkdownBytes): string {
  const { case: file, environment } = report;
  const facts = [
    `Case: protocol ${code(file.protocol)}, scope ${code(file.scope)}${
      file.mistake === undefined ? "" : `, mistake ${code(file.mistake)}`
    }, start ${code(phrase(file.start))}`,
    `Target: ${code(report.target)}; judged by ${code(report.verdict.machine)}`,
    report.verdict.property === undefined
      ? undefined
      : `Broken promise: ${plainText(report.verdict.property)}`,
    report.foundBy === undefined ? undefined : `Found by ${report.foundBy}`,
    report.minimality === undefined ? undefined : `Minimality: ${plainText(report.minimality)}`,
    report.confirmed === undefined ? undefined : `Repeated: ${confirmedPhrase(report.confirmed)}`,
    report.replay === undefined ? undefined : `Replay: ${code(report.replay)}`,
    report.walk === undefined ? undefined : `Open in the REPL: ${code(report.walk)}`,
    environment === undefined
      ? undefined
      : `Environment: kernel ${plainText(environment.kernel)}, Deno ${plainText(environment.deno)}, ${
        plainText(environment.cpu)
      }`,
  ].filter((fact) => fact !== undefined);
  const head = `### ${plainText(report.headline, 2_000)}\n\n`;
  const table = "| # | actor | command | answer | what changed |\n|--:|---|---|---|---|\n";
  const loop = report.loopsTo === undefined
    ? ""
    : `\nAfter the last step the state is again the one after step ${report.loopsTo}, and so for ever.\n`;
  const race = report.history === undefined
    ? ""
    : `\n${fenced(historyLines(report.history, 100).slice(0, 200).join("\n"), "text")}\n`;
  const tail = `${loop}${race}\n${facts.map((fact) => `- ${fact}`).join("\n")}\n\n`;
  const fixed = byteLength(head) + byteLength(table) + byteLength(tail);
  const steps = rows(report, Math.max(2_000, Math.floor((maximumBytes - fixed) * 0.7))).join("\n");
  const test = program(report, Math.max(0, maximumBytes - fixed - byteLength(steps) - 300));
  return `${head}${table}${steps}\n${tail}${test}\n`;
}
