/** @jsxRuntime automatic */
/** @jsxImportSource preact */
/**
 * A counterexample as one HTML file that opens by double click: no network, nothing executed but its own script
 * (named by hash in its content security policy), every foreign string a text node.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { VNode } from "preact";
import { renderToString } from "preact-render-to-string";
import { formatCaseFile } from "../drive/case_file.ts";
import { historyLines } from "./history_text.ts";
import { historyPicture } from "./history_picture.ts";
import { framesOf, framesText } from "./html_frames.tsx";
import { htmlScript, htmlStyle } from "./html_style.ts";
import { StepsTable } from "./html_table.tsx";
import { oneLine, phrase, visible } from "./phrase.ts";
import { programOf } from "./program.ts";
import { type Counterexample, partedIndex } from "./report_data.ts";
import { PictureView } from "./svg.tsx";
import { confirmedPhrase } from "./terminal.ts";

/** Most steps that are shown; of a longer case, those around the divergence. */
const maximumSteps = 400;

/** Frames and the picture over time together take at most about this much: frames far from the divergence lose theirs. */
const maximumDrawnCharacters = 200_000;

/** Longest program and case file that are shown. */
const maximumTextCharacters = 60_000;

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("base64");
}

const contentSecurityPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${sha256(htmlStyle)}'`,
  `script-src 'sha256-${sha256(htmlScript)}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

function Header({ report }: { report: Counterexample }): VNode {
  const { case: file, environment, verdict } = report;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["Broken promise", verdict.property],
    ["Target", report.target],
    ["Judged by", verdict.machine],
    ["Start", phrase(file.start)],
    ["Found by", report.foundBy],
    ["Minimality", report.minimality],
    ["Repeated", report.confirmed === undefined ? undefined : confirmedPhrase(report.confirmed)],
    ["Replay", report.replay],
    ["In the REPL", report.walk],
    [
      "Environment",
      environment === undefined
        ? undefined
        : `kernel ${environment.kernel}, Deno ${environment.deno}, ${environment.cpu}`,
    ],
  ];
  return (
    <header>
      <p class="kicker">
        {oneLine(file.protocol)}, scope {oneLine(file.scope)}
        {file.mistake === undefined ? "" : `, with ${oneLine(file.mistake)}`}
      </p>
      <h1 class={verdict.kind === "agreed" ? undefined : "bad"}>{oneLine(report.headline, 2_000)}</h1>
      <dl>
        {facts.map(([name, text]) =>
          text === undefined ? null : (
            <>
              <dt key={`t${name}`}>{name}</dt>
              <dd key={`d${name}`}>
                {name === "Replay" || name === "In the REPL"
                  ? <code>{oneLine(text)}</code>
                  : oneLine(text, 2_000)}
              </dd>
            </>
          )
        )}
      </dl>
    </header>
  );
}

function Player(): VNode {
  return (
    <>
      <div class="player" role="group" aria-label="Go through the steps">
        <button type="button" data-go="first" aria-keyshortcuts="Home">First</button>
        <button type="button" data-go="previous" aria-keyshortcuts="ArrowLeft">◀ Back</button>
        <button type="button" data-go="next" aria-keyshortcuts="ArrowRight">Next ▶</button>
        <button type="button" data-go="last" aria-keyshortcuts="End">Last</button>
        <button type="button" data-go="parted" aria-keyshortcuts="d">✗ Divergence</button>
        <span id="position" role="status"></span>
      </div>
      <p class="note keys">
        Keys: <kbd>←</kbd> <kbd>→</kbd> step, <kbd>Home</kbd> <kbd>End</kbd> ends, <kbd>d</kbd> divergence
      </p>
    </>
  );
}

function TextBlock({ title, text }: { title: string; text: string }): VNode {
  const long = text.length > maximumTextCharacters;
  return (
    <details>
      <summary>{title}</summary>
      {long
        ? <p class="note">Too long to be shown here: {text.length} characters. Use the case file.</p>
        : <pre tabIndex={0} aria-label={title}>{text.split("\n").map(visible).join("\n")}</pre>}
    </details>
  );
}

function Race({ report }: { report: Counterexample }): VNode | null {
  const { history } = report;
  if (history === undefined) return null;
  return (
    <section aria-label="Threads">
      <h2>Threads in real-time order</h2>
      <PictureView picture={historyPicture(history)} />
      <pre tabIndex={0}>{historyLines(history, 100).join("\n")}</pre>
    </section>
  );
}

function Timeline({ report: { timeline } }: { report: Counterexample }): VNode | null {
  if (timeline === undefined) return null;
  return (
    <>
      <h2>Over time</h2>
      <div
        class="scroll"
        id="timeline"
        tabIndex={0}
        role="region"
        aria-label="The whole walk, time downwards"
      >
        <PictureView picture={timeline} />
      </div>
    </>
  );
}

/** The report as the text of an HTML file. */
export function htmlReport(report: Counterexample): string {
  const parted = partedIndex(report);
  const focus = parted < 0 ? report.steps.length : parted + 1;
  const from = Math.max(0, Math.min(focus - maximumSteps / 2, report.steps.length - maximumSteps));
  const to = Math.min(report.steps.length, from + maximumSteps);
  const frames = framesOf(report).filter(({ number }) => number === 0 || (number > from && number <= to));
  const timeline = renderToString(<Timeline report={report} />);
  const drawn = framesText(frames, focus, report.steps.length, maximumDrawnCharacters - timeline.length);
  const body = renderToString(
    <main>
      <Header report={report} />
      <section aria-label="Steps">
        <h2>Step by step</h2>
        <Player />
        <div dangerouslySetInnerHTML={{ __html: `${drawn}${timeline}` }} />
        <h2>All steps</h2>
        <StepsTable report={report} from={from} to={to} />
      </section>
      <Race report={report} />
      <section aria-label="Replay">
        <h2>Replay</h2>
        <TextBlock title="The case as a test to paste" text={programOf(report.case)} />
        <TextBlock title="The case as a file" text={formatCaseFile(report.case)} />
      </section>
    </main>,
  );
  const head = renderToString(
    <head>
      <meta charset="utf-8" />
      <meta http-equiv="Content-Security-Policy" content={contentSecurityPolicy} />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>{oneLine(report.headline, 120)}</title>
      <style dangerouslySetInnerHTML={{ __html: htmlStyle }} />
    </head>,
  );
  return `<!doctype html>\n<html lang="en">${head}<body>${body}<script>${htmlScript}</script></body></html>\n`;
}
