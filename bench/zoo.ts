// deno-lint-ignore-file no-console -- a program that prints its table
/**
 * The bug zoo's table: how `fc.commands`, the driver and the tour find and shrink planted bugs.
 *
 * `deno task bench:zoo`, with `--seeds=30`, `--only=<house or bug>`, `--certify=20000`, `--json`. All of it takes a core
 * an hour and more: `--from=<file>,<file>…` makes the table of what earlier runs with `--json` have printed.
 *
 * @module
 */
import { freshHouses, houses, shrinkerFrozenAt } from "./zoo/houses.ts";
import { attemptOurs, attemptTour, type Certified, type TourAttempt } from "./zoo/ours.ts";
import { type Attempt, attemptPlain } from "./zoo/plain_commands.ts";
import { trueMinimum } from "./zoo/true_minimum.ts";

const mostCases = 30_000;

function option(name: string, otherwise: string): string {
  const given = Deno.args.find((argument) => argument.startsWith(`--${name}=`));
  return given?.slice(name.length + 3) ?? otherwise;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return NaN;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

interface Row {
  readonly house: string;
  readonly bug: string;
  /** Length of the shortest case in which answers or views differ. */
  readonly minimum: number;
  /** Length of the shortest case in which the implementation crashes; searched only when one did. */
  readonly crashMinimum: number | undefined;
  readonly plain: readonly Attempt[];
  readonly ours: readonly (Attempt & { readonly certified?: Certified })[];
  readonly tour: TourAttempt;
}

const freshNames = new Set(freshHouses().map(({ name }) => name));

function isFresh({ house }: Row): boolean {
  return freshNames.has(house);
}

function minimumOf(row: Row, { symptom }: Attempt): number | undefined {
  return symptom === "crashes" ? row.crashMinimum : row.minimum;
}

function exactCount(row: Row, attempts: readonly Attempt[]): number {
  return attempts.filter((attempt) => attempt.found && attempt.length === minimumOf(row, attempt)).length;
}

const columns = [31, 3, 5, 6, 8, 6, 6, 7, 1, 5, 6, 8, 6, 8, 6, 7, 1, 14] as const;

function line(cells: readonly (string | number)[]): string {
  return cells.map((cell, index) =>
    index === 0 ? String(cell).padEnd(columns[0]) : String(cell).padStart(columns[index]!)
  ).join(" ").trimEnd();
}

/** How many are exact as reported, after the search for something shorter; "" when there was no such search. */
function reportedCount(row: Row): number | string {
  const told = row.ours.filter(({ certified }) => certified !== undefined);
  return told.length === 0
    ? ""
    : told.filter((attempt) => attempt.certified?.length === minimumOf(row, attempt)).length;
}

function cellsOf(
  row: Row,
  attempts: readonly Attempt[],
  ...reported: readonly (string | number)[]
): (string | number)[] {
  const found = attempts.filter((attempt) => attempt.found);
  return [
    found.length,
    Math.round(median(found.map(({ cases }) => cases))),
    Math.round(median(found.map(({ commands }) => commands))),
    exactCount(row, attempts),
    ...reported,
    Math.round(median(found.map(({ executions }) => executions))),
    median(found.map(({ milliseconds }) => milliseconds)).toFixed(1),
  ];
}

function tourCell({ found, commands, covered, total }: TourAttempt): string {
  return found
    ? `${commands}`
    : covered === total
    ? "not found"
    : `no, ${Math.floor(100 * covered / total)} %`;
}

function show(row: Row): string {
  return line([
    isFresh(row) ? `${row.bug} *` : row.bug,
    row.minimum,
    ...cellsOf(row, row.plain),
    "|",
    ...cellsOf(row, row.ours, reportedCount(row)),
    "|",
    tourCell(row.tour),
  ]);
}

function summary(rows: readonly Row[], name: string): string[] {
  if (rows.length === 0) return [];
  const attempts = (pick: "plain" | "ours"): string => {
    const all = rows.flatMap((row) => row[pick]);
    const found = all.filter((attempt) => attempt.found).length;
    const exact = rows.reduce((sum, row) => sum + exactCount(row, row[pick]), 0);
    const executions = median(all.filter(({ found }) => found).map(({ executions }) => executions));
    const share = (part: number): string => `${part} (${(100 * part / all.length).toFixed(1)} %)`;
    return `found ${share(found)} of ${all.length}, exact ${share(exact)}, median executions ${executions}`;
  };
  const fewer = rows.filter((row) =>
    median(row.ours.map(({ executions }) => executions)) <=
      median(row.plain.filter(({ found }) => found).map(({ executions }) => executions))
  ).length;
  const hidden = rows.filter(({ tour }) => !tour.found && tour.covered === tour.total).length;
  return [
    `${name}:`,
    `  fc.commands  ${attempts("plain")}`,
    `  ours         ${attempts("ours")}`,
    `  ours shrinks in no more executions (medians) on ${fewer} of ${rows.length} bugs`,
    `  tour         found ${
      rows.filter(({ tour }) => tour.found).length
    } of ${rows.length}; ${hidden} hang on what ` +
    "the model does not know, so that every pair was covered without them",
    ...certifiedLines(rows),
  ];
}

function certifiedLines(rows: readonly Row[]): string[] {
  const all = rows.flatMap((row) =>
    row.ours.flatMap((attempt) =>
      attempt.certified === undefined ? [] : [{ ...attempt.certified, minimum: minimumOf(row, attempt) }]
    )
  );
  if (all.length === 0) return [];
  const claims = all.filter(({ minimality }) => minimality.kind === "certified");
  const right = claims.filter(({ length, minimum }) => length === minimum).length;
  const exact = all.filter(({ length, minimum }) => length === minimum).length;
  return [
    `  as reported  exact ${exact} (${
      (100 * exact / all.length).toFixed(1)
    } %) once found again and certified, median runs ${
      median(all.map(({ runs }) => runs))
    }; certified ${claims.length} of ${all.length} (${right} of them at the true minimum)`,
  ];
}

async function measure(seeds: number, only: string, certify: number): Promise<Row[]> {
  const rows: Row[] = [];
  for (const house of houses()) {
    for (const { name, implementation } of house.bugs) {
      if (only !== "" && only !== house.name && only !== name) continue;
      const minimum = trueMinimum(house.model, implementation);
      if (minimum === undefined) throw new RangeError(`Cannot measure ${name}: no case shows it`);
      const plain: Attempt[] = [];
      const ours: Row["ours"][number][] = [];
      for (let seed = 1; seed <= seeds; seed++) {
        plain.push(attemptPlain(house, implementation, seed, mostCases));
        ours.push(await attemptOurs(house, implementation, seed, mostCases, certify));
      }
      const tour = await attemptTour(house, implementation);
      const crashes = [...plain, ...ours].some(({ symptom }) => symptom === "crashes");
      const crashMinimum = crashes ? trueMinimum(house.model, implementation, "crashes")?.length : undefined;
      const { length } = minimum;
      rows.push({
        house: house.name,
        bug: name,
        minimum: length,
        crashMinimum,
        plain,
        ours,
        tour,
      });
      if (!Deno.args.includes("--json")) console.log(show(rows.at(-1)!));
    }
  }
  return rows;
}

async function speeds(): Promise<string[]> {
  const lines: string[] = [];
  for (const house of houses()) {
    const rates: Record<"plain" | "ours", number[]> = { plain: [], ours: [] };
    const skipped = { plain: 0, ours: 0 };
    for (let round = 0; round < 7; round++) {
      const plain = attemptPlain(house, house.correct, 7 + round, 1000);
      const ours = await attemptOurs(house, house.correct, 7 + round, 1000);
      if (plain.found || ours.found) throw new Error(`Cannot measure ${house.name}: it is not correct`);
      rates.plain.push(plain.commands / plain.milliseconds);
      rates.ours.push(ours.commands / ours.milliseconds);
      skipped.plain = plain.skippedShare;
      skipped.ours = ours.skippedShare;
    }
    const [one, other] = [median(rates.plain), median(rates.ours)];
    // Round by round: both halves of one had the same noise.
    const ratio = median(rates.plain.map((rate, round) => rates.ours[round]! / rate));
    lines.push(
      `${house.name.padEnd(18)} fc.commands ${one.toFixed(0).padStart(5)} commands/ms, ` +
        `${(100 * skipped.plain).toFixed(0).padStart(2)} % skipped; ours ${other.toFixed(0).padStart(5)}, ` +
        `${(100 * skipped.ours).toFixed(0).padStart(2)} % skipped; ratio ${ratio.toFixed(1)}`,
    );
  }
  return lines;
}

async function tourRatios(): Promise<string[]> {
  const lines: string[] = [];
  for (const house of houses()) {
    const { covered, total, commands, milliseconds } = await attemptTour(house, house.correct);
    lines.push(
      `${house.name.padEnd(18)} tour ${covered} of ${total} pairs, ${
        (commands / covered).toFixed(2)
      } commands each, ` +
        `${milliseconds.toFixed(0)} ms`,
    );
  }
  return lines;
}

if (import.meta.main) {
  const seeds = Number(option("seeds", "30"));
  const json = Deno.args.includes("--json");
  if (!json) {
    console.log(
      `Medians over ${seeds} seeds; exact = shrunk to the true minimum; * = written after the shrinker was frozen (${shrinkerFrozenAt})`,
    );
    console.log(
      line(["", "", "fc.commands", "", "", "", "", "", "|", "ours", "", "", "", "", "", "", "|", "tour"]),
    );
    const one = ["found", "cases", "commands", "exact"];
    const other = ["shrink", "ms"];
    console.log(line(["bug", "min", ...one, ...other, "|", ...one, "reported", ...other, "|", "commands"]));
  }
  const from = option("from", "");
  const rows = from === ""
    ? await measure(seeds, option("only", ""), Number(option("certify", "0")))
    : from.split(",").flatMap((path) => JSON.parse(Deno.readTextFileSync(path)) as Row[]);
  if (from !== "" && !json) { for (const row of rows) console.log(show(row)); }
  if (json) console.log(JSON.stringify(rows));
  else {
    console.log();
    for (const [name, fresh] of [["before the shrinker was frozen", false], ["after it", true]] as const) {
      const those = rows.filter((row) => isFresh(row) === fresh);
      for (const text of summary(those, `${those.length} bugs written ${name}`)) console.log(text);
    }
    if (from !== "") Deno.exit();
    console.log();
    for (const text of [...await speeds(), ...await tourRatios()]) console.log(text);
  }
}
