/**
 * Tests of critical cycles as litmus files, in the dialects that the parser reads.
 *
 * @module
 */
import type { CycleAccess, CycleTest, PlacedThread } from "./critical_cycle.ts";

/** Orders of loads, stores and exchanges of the C dialect. */
export interface CycleOrders {
  readonly load: string;
  readonly store: string;
  readonly exchange: string;
}

/** The orders that the theorems about cycles speak of. */
export const cycleOrders: Readonly<Record<"relaxed" | "releaseAcquire" | "seqCst", CycleOrders>> = {
  relaxed: { load: "relaxed", store: "relaxed", exchange: "relaxed" },
  releaseAcquire: { load: "acquire", store: "release", exchange: "acq_rel" },
  seqCst: { load: "seq_cst", store: "seq_cst", exchange: "seq_cst" },
};

interface Dialect {
  load(register: string, access: CycleAccess): readonly string[];
  store(access: CycleAccess): readonly string[];
  readonly fence: string;
  readonly registers: readonly string[];
}

const attDialect: Dialect = {
  load: (register, { location }) => [`movq (${location}),%${register}`],
  store: ({ location, value, locked }) =>
    locked ? [`movq $${value},%r8`, `xchgq %r8,(${location})`] : [`movq $${value},(${location})`],
  fence: "mfence",
  registers: ["rax", "rbx", "rcx"],
};

const intelDialect: Dialect = {
  load: (register, { location }) => [`MOV ${register},[${location}]`],
  store: ({ location, value, locked }) =>
    locked ? [`MOV ESI,$${value}`, `XCHG [${location}],ESI`] : [`MOV [${location}],$${value}`],
  fence: "MFENCE",
  registers: ["EAX", "EBX", "ECX"],
};

function cDialect({ load, store, exchange }: CycleOrders): Dialect {
  const order = (name: string) => `memory_order_${name}`;
  return {
    load: (register, { location }) => [
      `int ${register} = atomic_load_explicit(${location}, ${order(load)});`,
    ],
    store: ({ location, value, locked }) => [
      locked
        ? `int old = atomic_exchange_explicit(${location}, ${value}, ${order(exchange)});`
        : `atomic_store_explicit(${location}, ${value}, ${order(store)});`,
    ],
    fence: `atomic_thread_fence(${order("seq_cst")});`,
    registers: ["r0", "r1", "r2"],
  };
}

/** The lines of one thread, and what its registers must hold. */
function threadText(
  thread: PlacedThread,
  index: number,
  dialect: Dialect,
): { lines: string[]; asked: string[] } {
  const lines: string[] = [];
  const asked: string[] = [];
  for (const [at, access] of thread.accesses.entries()) {
    if (access.direction === "W") lines.push(...dialect.store(access));
    else {
      const register = dialect.registers[asked.length]!;
      lines.push(...dialect.load(register, access));
      asked.push(`${index}:${register}=${access.value}`);
    }
    if (at === thread.fenceAfter) lines.push(dialect.fence);
  }
  return { lines, asked };
}

function conditionOf(test: CycleTest, asked: readonly string[]): string {
  const finals = [...test.finals].map(([location, value]) => `${location}=${value}`);
  return `exists (${[...finals, ...asked].join(" /\\ ")})`;
}

function table(architecture: string, init: string, test: CycleTest, dialect: Dialect): string {
  const threads = test.threads.map((thread, index) => threadText(thread, index, dialect));
  const height = Math.max(...threads.map(({ lines }) => lines.length));
  const widths = threads.map(({ lines }) => Math.max(...lines.map(({ length }) => length)));
  const row = (cells: readonly string[]) =>
    ` ${cells.map((cell, index) => cell.padEnd(widths[index]!)).join(" | ")} ;`;
  return [
    `${architecture} ${test.name}`,
    `{ ${init} }`,
    row(threads.map((_, index) => `P${index}`)),
    ...Array.from({ length: height }, (_, at) => row(threads.map(({ lines }) => lines[at] ?? ""))),
    conditionOf(test, threads.flatMap(({ asked }) => asked)),
    "",
  ].join("\n");
}

const locationsOf = ({ threads }: CycleTest): string[] =>
  [...new Set(threads.flatMap(({ accesses }) => accesses.map(({ location }) => location)))].sort();

/** The test as a file of the X86_64 dialect, 64-bit accesses in AT&T order. */
export function x86_64Text(test: CycleTest): string {
  return table("X86_64", locationsOf(test).map((name) => `uint64_t ${name};`).join(" "), test, attDialect);
}

/** The test as a file of the X86 dialect. */
export function x86Text(test: CycleTest): string {
  return table("X86", "", test, intelDialect);
}

/** The test as a file of the C dialect with these orders. Fences are always seq_cst. */
export function cText(test: CycleTest, orders: CycleOrders): string {
  const dialect = cDialect(orders);
  const threads = test.threads.map((thread, index) => threadText(thread, index, dialect));
  const functions = threads.map(({ lines }, index) => {
    const names = [...new Set(test.threads[index]!.accesses.map(({ location }) => location))];
    const parameters = names.map((name) => `atomic_int* ${name}`).join(", ");
    return `P${index} (${parameters}) {\n${lines.map((line) => `  ${line}\n`).join("")}}\n`;
  });
  return [
    `C ${test.name}`,
    "{}",
    ...functions,
    conditionOf(test, threads.flatMap(({ asked }) => asked)),
    "",
  ].join("\n");
}
