/** @jsxRuntime automatic */
/** @jsxImportSource preact */
/**
 * The table of all steps of the HTML report: a column for each actor.
 *
 * @module
 */
import type { VNode } from "preact";
import { Changes } from "./html_frames.tsx";
import { oneLine } from "./phrase.ts";
import type { Counterexample, CounterexampleStep } from "./report_data.ts";

/** Lanes become columns of the table up to this many. */
const maximumLaneColumns = 4;

function StepRow(
  { step, number, lanes }: { step: CounterexampleStep; number: number; lanes: readonly string[] | undefined },
): VNode {
  const classes = [step.parted ? "parted" : "", step.epilogue ? "epilogue" : ""].filter((name) =>
    name !== ""
  );
  const action = <code>{oneLine(step.action)}</code>;
  return (
    <tr data-frame={String(number)} class={classes.length === 0 ? undefined : classes.join(" ")}>
      <th scope="row">
        <a href={`#step-${number}`}>{step.parted ? `✗ ${number}` : number}</a>
      </th>
      {lanes === undefined
        ? (
          <>
            <td>{oneLine(step.actor, 60)}</td>
            <td>{action}</td>
          </>
        )
        : lanes.map((lane) =>
          lane === step.actor
            ? <td key={lane} data-label={oneLine(lane, 60)}>{action}</td>
            : <td key={lane}></td>
        )}
      <td data-label="answer" class={step.parted && step.state === undefined ? "bad" : undefined}>
        <code>{oneLine(step.answer)}</code>
        {(step.allowed ?? []).slice(0, 8).map((allowed, index) => (
          <div key={index} class="note">
            allowed: <code>{oneLine(allowed)}</code>
          </div>
        ))}
      </td>
      <td>
        <Changes changes={step.changes.slice(0, 6)} />
        {step.changes.length > 6 ? <span class="note">and {step.changes.length - 6} more</span> : null}
      </td>
    </tr>
  );
}

/** The steps from `from` to before `to`, counted from 0. */
export function StepsTable(
  { report, from, to }: { report: Counterexample; from: number; to: number },
): VNode {
  const lanes = report.lanes.length <= maximumLaneColumns ? report.lanes : undefined;
  const left = report.steps.length - (to - from);
  return (
    <>
      {left === 0 ? null : <p class="note">Steps far from the divergence are not shown: {left}.</p>}
      <div class="scroll" tabIndex={0} role="region" aria-label="All steps">
        <table class="steps">
          <caption>A column for each actor; the first divergence is marked with ✗</caption>
          <thead>
            <tr>
              <th scope="col">#</th>
              {lanes === undefined
                ? (
                  <>
                    <th scope="col">actor</th>
                    <th scope="col">command</th>
                  </>
                )
                : lanes.map((lane) => <th key={lane} scope="col">{oneLine(lane, 60)}</th>)}
              <th scope="col">answer</th>
              <th scope="col">what changed</th>
            </tr>
          </thead>
          <tbody>
            {report.steps.slice(from, to).map((step, index) => (
              <StepRow key={index} step={step} number={from + index + 1} lanes={lanes} />
            ))}
          </tbody>
        </table>
      </div>
      {report.loopsTo === undefined
        ? null
        : <p>After the last step the state is again the one after step {report.loopsTo}, and so for ever.</p>}
    </>
  );
}
