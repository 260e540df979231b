/**
 * `bugs`: the track record.
 *
 * @module
 */
import type { Command } from "commander";
import { type BugSummary, findMistakes } from "../lockstep/check/find_mistakes.ts";
import { formatCaseFile } from "../lockstep/drive/case_file.ts";
import type { Protocol } from "../lockstep/protocol.ts";
import {
  casePath,
  markdownTrackRecord,
  terminalTrackRecord,
  type TrackRecordRow,
  trackRecordRow,
} from "../lockstep/report/track_record.ts";
import { chooseProtocol, wholeNumber } from "./choose.ts";
import { documents } from "./documents.ts";
import { exitCode, UsageError } from "./exit_code.ts";
import { Interrupt } from "./interrupt.ts";
import { clearProgress, print, printJson, progress } from "./output.ts";

interface Options {
  readonly json?: true;
  readonly markdown?: true;
  readonly write?: true;
  readonly cases: string;
  readonly seconds: string;
  readonly seed: string;
}

interface Found {
  readonly protocol: Protocol;
  readonly bugs: readonly BugSummary[];
}

function write(path: string, text: string): void {
  Deno.mkdirSync(path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : ".", { recursive: true });
  Deno.writeTextFileSync(path, text);
}

/** Writes what the documents show: cases, the stored record, the README's sections, the gallery. */
async function writeDocuments(found: readonly Found[], rows: readonly TrackRecordRow[]): Promise<void> {
  for (const { protocol, bugs } of found) {
    for (const bug of bugs) {
      if (bug.case !== undefined) write(casePath(protocol.name, bug.name), formatCaseFile(bug.case));
    }
  }
  write("docs/track_record.json", `${JSON.stringify(rows, null, 2)}\n`);
  const protocols = found.map(({ protocol }) => protocol);
  const texts = await documents(protocols, rows, (path) => Deno.readTextFileSync(path));
  for (const [path, text] of Object.entries(texts)) write(path, text);
}

async function bugs(protocols: readonly Protocol[], options: Options): Promise<number> {
  using interrupt = new Interrupt();
  const budget = {
    cases: wholeNumber("--cases", options.cases, 1, 1_000_000_000),
    commandsPerCase: 60,
    maximumMs: 1000 * wholeNumber("--seconds", options.seconds, 1, 86_400),
    seed: wholeNumber("--seed", options.seed, 0, 0x7fff_ffff),
    signal: interrupt,
    onStage: progress,
  };
  const found: Found[] = [];
  for (const protocol of protocols) {
    if (interrupt.aborted) break;
    found.push({ protocol, bugs: await findMistakes(protocol, budget) });
  }
  clearProgress();
  const rows = found.flatMap(({ protocol, bugs }) => bugs.map((bug) => trackRecordRow(protocol.name, bug)));
  if (options.json) printJson(rows);
  else if (options.markdown) print(markdownTrackRecord(rows));
  else print(terminalTrackRecord(rows));
  if (interrupt.aborted) return exitCode.interrupted;
  if (options.write) await writeDocuments(found, rows);
  const ok = rows.every(({ foundBy, missedBy }) => missedBy.length === 0 && foundBy.length > 0);
  return ok ? exitCode.ok : exitCode.diverged;
}

/** Adds the verb. */
export function addBugs(
  program: Command,
  protocols: readonly Protocol[],
  end: (code: number) => void,
): void {
  program.command("bugs").argument("[protocol]", "only this one")
    .description("find every known mistake with every engine, and print the track record")
    .option("--cases <number>", "cases driven for each mistake", "2000")
    .option("--seconds <number>", "limit of each exploration", "30")
    .option("--seed <number>", "the cases that are driven", "1")
    .option("--markdown", "print the tables of the README")
    .option("--json", "print one JSON document")
    .option("--write", "bring README, docs/track_record.json, docs/cases and docs/gallery up to date")
    .action(async (name: string | undefined, options: Options) => {
      if (options.write && name !== undefined) {
        throw new UsageError("Cannot use --write with one protocol: the documents show all of them");
      }
      end(await bugs(name === undefined ? protocols : [chooseProtocol(protocols, name)], options));
    });
}
