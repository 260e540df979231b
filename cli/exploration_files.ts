/**
 * What `explore` writes to files: a page for each violation, traces, and the state graph.
 *
 * @module
 */
import { stateGraph, toDot, toItf, toSvg } from "../lockstep/explore/mod.ts";
import type { Exploration, ExploreOptions } from "../lockstep/explore/mod.ts";
import type { AnyCommand, AnyMachine } from "../lockstep/machine.ts";
import type { Counterexample } from "../lockstep/report/counterexample.ts";
import { htmlReport } from "../lockstep/report/html.tsx";
import { writeUserFile } from "./user_files.ts";

/** `name.html` for the first, `name-2.html` for the second. */
function numbered(path: string, ending: string, index: number): string {
  if (index === 0) return path;
  const stem = path.endsWith(ending) ? path.slice(0, -ending.length) : path;
  return `${stem}-${index + 1}${ending}`;
}

/** @throws {UsageError} when the file can not be written. */
function write(path: string, text: string): string {
  writeUserFile(path, text);
  return path;
}

/** Writes one page for each report: the first as `path`, the others with a number before its ending. */
export function writePages(path: string, reports: readonly Counterexample[]): readonly string[] {
  return reports.map((report, index) => write(numbered(path, ".html", index), htmlReport(report)));
}

/** Writes a trace in ITF for each violation, or else for each situation that was reached. */
export function writeTraces(
  path: string,
  result: Exploration<unknown, AnyCommand, unknown, unknown>,
): readonly string[] {
  const shown = result.violations.length > 0 ? result.violations : result.witnesses;
  return shown.map(({ kind, property, trace }, index) => {
    const itf = toItf(trace, { machine: result.machine, property: `${kind} ${property}` });
    return write(numbered(path, ".itf.json", index), `${JSON.stringify(itf, null, 1)}\n`);
  });
}

/** Writes the state graph of what an exploration with the same limits sees. */
export async function writeGraph(
  files: { readonly dot?: string; readonly svg?: string },
  machine: AnyMachine,
  limits: ExploreOptions,
): Promise<readonly string[]> {
  if (files.dot === undefined && files.svg === undefined) return [];
  const { maximumStates, maximumDepth, maximumMs, symmetry, signal } = limits;
  const graph = stateGraph(machine, {
    ...(maximumStates === undefined ? {} : { maximumStates }),
    ...(maximumDepth === undefined ? {} : { maximumDepth }),
    ...(maximumMs === undefined ? {} : { maximumMs }),
    ...(symmetry === undefined ? {} : { symmetry }),
    ...(signal === undefined ? {} : { signal }),
  });
  return [
    ...(files.dot === undefined ? [] : [write(files.dot, toDot(graph))]),
    ...(files.svg === undefined ? [] : [write(files.svg, await toSvg(graph))]),
  ];
}
