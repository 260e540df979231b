/** @jsxRuntime automatic */
/** @jsxImportSource preact */
/**
 * The frames of the HTML report: one moment each, with picture, state and what changed.
 *
 * @module
 */
import type { VNode } from "preact";
import { renderToString } from "preact-render-to-string";
import { counted } from "../counted.ts";
import type { Plain } from "../machine.ts";
import type { Change } from "./changes.ts";
import { oneLine, phrase } from "./phrase.ts";
import type { Counterexample, CounterexampleStep } from "./report_data.ts";
import { PictureView } from "./svg.tsx";

/** One moment: the start, or after a step. */
export interface Frame {
  /** 0 is the start, n is after step n. */
  readonly number: number;
  readonly step?: CounterexampleStep;
  /** Whether the state is the one before the step, because there is none after it. */
  readonly stays: boolean;
  readonly state?: Plain;
  readonly shown?: string;
  readonly picture?: CounterexampleStep["picture"];
}

/** The frames of a report: the start, then one for each step. */
export function framesOf(report: Counterexample): Frame[] {
  const start: Frame = {
    number: 0,
    stays: false,
    ...(report.initial === undefined ? {} : { state: report.initial }),
    ...(report.initialShown === undefined ? {} : { shown: report.initialShown }),
    ...(report.initialPicture === undefined ? {} : { picture: report.initialPicture }),
  };
  return [
    start,
    ...report.steps.map((step, index): Frame => {
      // Where the answer is not allowed there is no state after it: what it was put to is shown instead.
      const stays = step.state === undefined;
      const before = report.steps[index - 1] ?? start;
      const { state, shown, picture } = stays ? before : step;
      return {
        number: index + 1,
        step,
        stays,
        ...(state === undefined ? {} : { state }),
        ...(shown === undefined ? {} : { shown }),
        ...(picture === undefined ? {} : { picture }),
      };
    }),
  ];
}

function ChangeView({ change: { path, before, after } }: { change: Change }): VNode {
  return (
    <li>
      <code>
        {oneLine(path)}: {before === undefined ? null : <del>{oneLine(before)}</del>}
        {before !== undefined && after !== undefined ? " → " : null}
        {after === undefined ? null : <ins>{oneLine(after)}</ins>}
      </code>
    </li>
  );
}

/** Changes as a list. */
export function Changes({ changes }: { changes: readonly Change[] }): VNode | null {
  if (changes.length === 0) return null;
  return (
    <ul class="changes">
      {changes.map((change, index) => <ChangeView key={index} change={change} />)}
    </ul>
  );
}

function StateView({ state, changes }: { state: Plain; changes: readonly Change[] }): VNode {
  const fields = typeof state === "object" && state !== null && !Array.isArray(state)
    ? Object.entries(state).slice(0, 60)
    : [["state", state]] as const;
  const changed = (field: string): boolean =>
    changes.some(({ path }) =>
      path === field || path.startsWith(`${field}.`) || path.startsWith(`${field}[`)
    );
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="State">
      <table class="state">
        <caption>State of the machine; changed fields have a dot</caption>
        <tbody>
          {fields.map(([field, part]) => (
            <tr key={field} class={changed(field) ? "changed" : undefined}>
              <th scope="row">
                <code>{oneLine(field, 60)}</code>
              </th>
              <td>
                <code>{phrase(part)}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function stepTitle({ number, step }: Frame): string {
  if (step === undefined) return "Start";
  const name = step.epilogue ? "Epilogue" : `Step ${number}`;
  return `${name}: ${oneLine(step.actor, 60)}, ${oneLine(step.action)}`;
}

/** How much of a frame is shown. */
type Detail = "all" | "no state" | "changes only";

function FrameView({ frame, last, detail }: { frame: Frame; last: number; detail: Detail }): VNode {
  const { number, step, stays, state, shown, picture } = frame;
  const parted = step?.parted === true;
  return (
    <article
      class="frame"
      id={`step-${number}`}
      data-frame={String(number)}
      data-position={number === 0 ? `Start, before ${counted(last, "step")}` : `Step ${number} of ${last}`}
      {...(parted ? { "data-parted": "" } : {})}
    >
      <h3 class={parted ? "bad" : undefined}>{parted ? "✗ " : ""}{stepTitle(frame)}</h3>
      {step === undefined ? null : (
        <dl>
          <dt>Answer</dt>
          <dd class={stays ? "bad" : undefined}>
            <code>{oneLine(step.answer, 1_000)}</code>
          </dd>
          {(step.allowed ?? []).map((allowed, index) => (
            <>
              <dt key={`t${index}`}>{index === 0 ? "Allowed" : "or"}</dt>
              <dd key={`d${index}`}>
                <code>{oneLine(allowed, 1_000)}</code>
              </dd>
            </>
          ))}
        </dl>
      )}
      {stays ? <p class="note">The answer is not allowed; this is the state before it:</p> : null}
      {picture === undefined || detail === "changes only"
        ? null
        : (
          <div class="scroll" tabIndex={0} role="region" aria-label="Picture">
            <PictureView picture={picture} />
          </div>
        )}
      {shown === undefined || (detail === "all" && shown === phrase(state)) ? null : (
        <p>
          <code>{oneLine(shown)}</code>
        </p>
      )}
      {step === undefined ? null : <Changes changes={step.changes} />}
      {state !== undefined && detail === "all"
        ? <StateView state={state} changes={step?.changes ?? []} />
        : null}
    </article>
  );
}

/** Frames as text, with as much detail as fits in `room` characters; the ones near the divergence keep theirs longest. */
export function framesText(frames: readonly Frame[], focus: number, last: number, room: number): string {
  const texts = new Map<number, string>();
  let left = room;
  const byDistance = [...frames].sort((first, second) =>
    Math.abs(first.number - focus) - Math.abs(second.number - focus)
  );
  for (const frame of byDistance) {
    const details: readonly Detail[] = ["all", "no state", "changes only"];
    for (const detail of details) {
      const text = renderToString(<FrameView frame={frame} last={last} detail={detail} />);
      if (text.length > left && detail !== "changes only") continue;
      left -= text.length;
      texts.set(frame.number, text);
      break;
    }
  }
  return frames.map(({ number }) => texts.get(number)!).join("");
}
