/**
 * Programs of the X86 dialect (destination first, `MOV [x],$1`) and of X86_64 (AT&T, `movq $1,(x)`): a table with one
 * column per thread.
 *
 * Refused: loops, different sizes on one location, computed addresses, values wider than 32 bits.
 *
 * @module
 */
import type { InitialState } from "./litmus_init.ts";
import type { TextPart } from "./litmus_source.ts";
import { LitmusError } from "./litmus_source.ts";
import { isConditionalJump } from "./litmus_x86_flow.ts";
import { X86Thread } from "./litmus_x86_thread.ts";
import type { LocationTable, ThreadBuilder } from "./thread_builder.ts";

/** One row of the table, on the line where it begins. */
interface Row {
  readonly cells: readonly string[];
  readonly line: number;
}

function rowsOf(program: TextPart): Row[] {
  const rows: Row[] = [];
  let { line } = program;
  for (const text of program.text.split(";")) {
    const blank = /^\s*/.exec(text)![0];
    const start = line + blank.split("\n").length - 1;
    if (text.trim() !== "") rows.push({ cells: text.split("|").map((cell) => cell.trim()), line: start });
    line += text.split("\n").length - 1;
  }
  return rows;
}

/** Reads the table of instructions. @throws {LitmusError} */
export function parseX86(
  file: string,
  program: TextPart,
  intel: boolean,
  locations: LocationTable,
  init: InitialState,
): ThreadBuilder[] {
  const rows = rowsOf(program);
  const header = rows.shift();
  if (header === undefined || header.cells.some((cell, index) => cell !== `P${index}`)) {
    throw new LitmusError(
      file,
      header?.line ?? program.line,
      `no threads, accepted is a first row like "P0 | P1 ;"`,
    );
  }
  for (const [name, bits] of init.bits) locations.bits.set(locations.number(name), bits);
  const threads = header.cells.map((_, thread) => {
    const conditional = rows.some(({ cells }) =>
      cells[thread] !== undefined && isConditionalJump(cells[thread])
    );
    return new X86Thread({ file, thread, intel, locations, init }, conditional);
  });
  for (const row of rows) {
    if (row.cells.length > threads.length) {
      throw new LitmusError(
        file,
        row.line,
        `${row.cells.length} columns, the test has ${threads.length} threads`,
      );
    }
    for (const [thread, cell] of row.cells.entries()) {
      if (cell !== "") threads[thread]!.instruction(cell, row.line);
    }
  }
  for (const thread of threads) thread.finish();
  return threads.map(({ builder }) => builder);
}
