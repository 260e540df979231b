/**
 * The gallery: one report for each system in which a mistake shipped, with the picture of where it went wrong.
 *
 * @module
 */
import { code, markdownReport, plainText } from "./markdown.ts";
import { type Counterexample, partedIndex } from "./report_data.ts";
import { svgFile } from "./svg.tsx";

/** One exhibit. */
export interface Exhibit {
  readonly system: string;
  readonly upstream: string;
  readonly lived?: string;
  readonly title: string;
  readonly report: Counterexample;
}

/** The picture of the last state before the divergence, or of the one that breaks a promise. */
export function pictureAtDivergence(report: Counterexample): string | undefined {
  const parted = partedIndex(report);
  const steps = report.steps.slice(0, parted < 0 ? report.steps.length : parted + 1);
  const picture = steps.map((step) => step.picture).filter((drawn) => drawn !== undefined).at(-1) ??
    report.initialPicture;
  return picture === undefined ? undefined : svgFile(picture);
}

function walkPicture({ timeline }: Counterexample): string | undefined {
  return timeline === undefined ? undefined : svgFile(timeline);
}

/** The page, and the pictures that it shows by the name of their files. */
export function gallery(
  exhibits: readonly Exhibit[],
): { readonly page: string; readonly pictures: Readonly<Record<string, string>> } {
  const pictures: Record<string, string> = {};
  const parts = exhibits.map(({ system, upstream, lived, title, report }) => {
    const { protocol, mistake } = report.case;
    const name = `${protocol}-${mistake ?? "correct"}`;
    const shown = [
      ["The state before the divergence", `${name}.svg`, pictureAtDivergence(report)],
      ["The whole walk, time downwards", `${name}-over-time.svg`, walkPicture(report)],
    ] as const;
    const images = shown.flatMap(([words, file, picture]) => {
      if (picture === undefined) return [];
      pictures[file] = picture;
      return [`![${words}](gallery/${file})`];
    });
    const years = lived === undefined ? "" : `, ${plainText(lived)}`;
    const { environment: _, ...timeless } = report;
    return [
      `## ${plainText(system)}: ${plainText(title)}`,
      `${plainText(upstream)}${years}; protocol ${code(protocol)}.`,
      ...images,
      // These tests fail, as they should: nobody may take them for examples to run.
      markdownReport(timeless).trim().replaceAll(/^(`{3,})ts$/gm, "$1ts ignore"),
    ].join("\n\n");
  });
  const page =
    `# Gallery\n\nOne finding for each system, as ${
      code("deno task report")
    } prints it. The same case as a ` +
    `page to step through: ${code("deno task report <case.json> -o finding.html")}.\n\n${
      parts.join("\n\n")
    }\n`;
  return { page, pictures };
}
