/** @jsxRuntime automatic */
/** @jsxImportSource preact */
/**
 * A picture as SVG: the same drawing for the HTML report and for documents. Colours come from style sheets only,
 * so that light, dark and print differ without drawing twice.
 *
 * @module
 */
import type { VNode } from "preact";
import { renderToString } from "preact-render-to-string";
import type { Mark, Picture, Tone } from "../picture.ts";
import { oneLine } from "./phrase.ts";

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function clean(text: string): string {
  return oneLine(text, 120);
}

function around(x: number, y: number, radius: number, turns: number): string {
  const angle = turns * 2 * Math.PI;
  return `${round(x + radius * Math.sin(angle))} ${round(y - radius * Math.cos(angle))}`;
}

function arcPath({ x, y, innerRadius, outerRadius, from, to }: Extract<Mark, { kind: "arc" }>): string {
  const turns = Math.min(to - from, 0.9999);
  const end = from + turns;
  const large = turns > 0.5 ? 1 : 0;
  return `M${around(x, y, outerRadius, from)}A${outerRadius} ${outerRadius} 0 ${large} 1 ${
    around(x, y, outerRadius, end)
  }L${around(x, y, innerRadius, end)}A${innerRadius} ${innerRadius} 0 ${large} 0 ${
    around(x, y, innerRadius, from)
  }Z`;
}

function arrowHead(points: readonly (readonly [number, number])[]): string {
  const [x, y] = points.at(-1)!;
  const [fromX, fromY] = points.at(-2) ?? [x, y - 1];
  const length = Math.hypot(x - fromX, y - fromY) || 1;
  const [alongX, alongY] = [(x - fromX) / length, (y - fromY) / length];
  const at = (back: number, aside: number): string =>
    `${round(x - back * alongX - aside * alongY)} ${round(y - back * alongY + aside * alongX)}`;
  return `M${at(0, 0)}L${at(7, 3.5)}L${at(7, -3.5)}Z`;
}

function fillClass(tone: Tone, hatched: boolean | undefined): string {
  return hatched ? `t-${tone} hatched` : `t-${tone}`;
}

function MarkView({ mark }: { mark: Mark }): VNode {
  switch (mark.kind) {
    case "box": {
      const { x, y, width, height, tone, label, hatched } = mark;
      return (
        <>
          <rect
            class={fillClass(tone, hatched)}
            x={round(x)}
            y={round(y)}
            width={round(width)}
            height={round(height)}
          />
          {label === undefined
            ? null
            : <text class="m" x={round(x + width / 2)} y={round(y + height / 2 + 4)}>{clean(label)}</text>}
        </>
      );
    }
    case "line": {
      const { points, tone, arrow, dashed } = mark;
      const path = points.map(([x, y], index) => `${index === 0 ? "M" : "L"}${round(x)} ${round(y)}`).join(
        "",
      );
      return (
        <>
          <path class={dashed ? `l-${tone} dashed` : `l-${tone}`} d={path} />
          {arrow ? <path class={`a-${tone}`} d={arrowHead(points)} /> : null}
        </>
      );
    }
    case "arc": {
      const { x, y, innerRadius, outerRadius, from, to, tone, label, hatched } = mark;
      const middle = (from + to) * Math.PI;
      const radius = (innerRadius + outerRadius) / 2;
      return (
        <>
          <path class={fillClass(tone, hatched)} d={arcPath(mark)} />
          {label === undefined ? null : (
            <text
              class="m"
              x={round(x + radius * Math.sin(middle))}
              y={round(y - radius * Math.cos(middle) + 4)}
            >
              {clean(label)}
            </text>
          )}
        </>
      );
    }
    case "text": {
      const { x, y, text, anchor = "start", tone, bold } = mark;
      const classes = [
        anchor === "middle" ? "m" : anchor === "end" ? "e" : "",
        tone === undefined ? "" : `x-${tone}`,
        bold ? "b" : "",
      ].filter((name) => name !== "").join(" ");
      return (
        <text {...(classes === "" ? {} : { class: classes })} x={round(x)} y={round(y)}>{clean(text)}</text>
      );
    }
  }
}

/** How many pixels of a page one unit of a picture takes where there is room. */
const pixelsPerUnit = 1.2;

/** The picture as an element of a page that has {@link pictureStyle}; `before` is what a file of its own needs besides. */
export function PictureView({ picture, before }: { picture: Picture; before?: VNode }): VNode {
  return (
    <svg
      {...(before === undefined ? {} : { xmlns: "http://www.w3.org/2000/svg" })}
      class="picture"
      role="img"
      aria-label={oneLine(picture.description, 1_000)}
      width={round(picture.width * pixelsPerUnit)}
      height={round(picture.height * pixelsPerUnit)}
      viewBox={`0 0 ${round(picture.width)} ${round(picture.height)}`}
    >
      {before}
      {(picture.bands ?? []).map(({ moment, y, height }) => (
        <rect
          key={`band${moment}`}
          class="band"
          data-moment={String(moment)}
          x={0}
          y={round(y)}
          width={round(picture.width)}
          height={round(height)}
        />
      ))}
      {picture.marks.map((mark, index) => <MarkView key={index} mark={mark} />)}
    </svg>
  );
}

const light = {
  ink: "#1b1f24",
  muted: "#5c6670",
  paper: "#ffffff",
  plain: "#f3f5f7",
  present: "#fff4c2",
  free: "#e3f4e6",
  busy: "#cfe3fb",
  lent: "#fbe3b5",
  done: "#e1e4e8",
  wrong: "#f9c6c2",
  wrongInk: "#a3130b",
};

const dark: typeof light = {
  ink: "#e6e9ed",
  muted: "#9aa5b1",
  paper: "#14171b",
  plain: "#22272e",
  present: "#3a3413",
  free: "#1d3a25",
  busy: "#1f3f63",
  lent: "#5b4413",
  done: "#3a4048",
  wrong: "#6e211c",
  wrongInk: "#ff9d94",
};

function variables(colours: typeof light): string {
  return Object.entries(colours).map(([name, colour]) => `--${name}:${colour}`).join(";");
}

/** Style rules of colours and pictures: light by default, dark where it is preferred, light again on paper. */
export const pictureStyle: string = `:root{${variables(light)}}` +
  `@media (prefers-color-scheme:dark){:root{${variables(dark)}}}@media print{:root{${variables(light)}}}` +
  ".picture{font:11px ui-monospace,Menlo,Consolas,monospace}.picture text{fill:var(--ink);stroke:none}" +
  ".picture .m{text-anchor:middle}.picture .e{text-anchor:end}.picture .b{font-weight:700}" +
  ".picture rect,.picture path{stroke:var(--muted);stroke-width:1}.picture path{fill:none}" +
  (["plain", "free", "busy", "lent", "done", "wrong"] as const)
    .map((tone) => `.picture .t-${tone}{fill:var(--${tone})}`).join("") +
  ".picture .t-muted{fill:none;stroke-dasharray:2 2}.picture .t-wrong{stroke:var(--wrongInk);stroke-width:2}" +
  ".picture .hatched{stroke-dasharray:3 2;stroke-width:1.5}" +
  ".picture .band{fill:none;stroke:none}.picture .band.current{fill:var(--present);stroke:var(--muted)}" +
  ".picture .dashed{stroke-dasharray:4 3}.picture .l-wrong{stroke:var(--wrongInk);stroke-width:2}" +
  ".picture .l-plain,.picture .l-busy,.picture .l-lent{stroke:var(--ink)}" +
  ".picture [class^=a-]{fill:var(--ink);stroke:none}.picture .a-muted{fill:var(--muted)}" +
  ".picture .a-wrong{fill:var(--wrongInk)}.picture .x-muted{fill:var(--muted)}.picture .x-wrong{fill:var(--wrongInk)}";

/** The picture as a file of its own. */
export function svgFile(picture: Picture): string {
  const style = pictureStyle.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const before = (
    <>
      <style dangerouslySetInnerHTML={{ __html: style }} />
      <rect width="100%" height="100%" stroke="none" fill="var(--paper)" />
    </>
  );
  // The only thing that XML does not allow in a text and HTML does.
  return `${renderToString(<PictureView picture={picture} before={before} />).replaceAll("]]>", "]]&gt;")}\n`;
}
