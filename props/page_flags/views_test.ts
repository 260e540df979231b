import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { parseLitmus } from "../../model/memory/litmus.ts";
import type { Access, DataRace, MemoryModel, Order } from "../../model/memory/memory_model.ts";
import type { Instruction, Program } from "../../model/memory/program.ts";
import { performOnCells } from "../../model/memory/sc.ts";
import { VectorClocks } from "../../model/memory/vector_clocks.ts";
import { rc11 } from "../../model/memory/rc11.ts";
import { searchProgram } from "../../model/memory/search.ts";
import { type ViewMemory, Views } from "../../model/memory/views.ts";
import { readCatalogue } from "../litmus/catalogue.ts";
import { randomProgram } from "../litmus/random_program.ts";

/** More than the programs of these tests write. */
const enough = 20;

/** Views as a memory model; the memory tells whether two accesses have raced, not which. */
interface ModelMemory {
  readonly views: Views;
  memory: ViewMemory;
  raced: boolean;
}

const someRace: DataRace = {
  location: 0,
  first: { thread: 0, index: 0, kind: "write", order: "plain" },
  second: { thread: 1, index: 0, kind: "write", order: "plain" },
  lastOrderedIndex: -1,
};

function viewsModel(plain: readonly number[]): MemoryModel<ModelMemory> {
  return {
    name: "c11",
    schema: () => {
      throw new TypeError("Cannot pack: this model is only searched");
    },
    initial(initial, threads) {
      const continued = [...initial.keys()].filter((location) => !plain.includes(location));
      const views = new Views({
        threads,
        initial,
        plain,
        continued,
        kept: 0,
        messages: enough,
        maxValue: 99,
      });
      return { views, memory: views.initial(), raced: false };
    },
    copy: ({ views, memory, raced }) => ({ views, memory: structuredClone(memory), raced }),
    perform(state, thread, access, chooser) {
      const read = state.views.perform(state.memory, thread, access, chooser);
      assert(!state.views.overflows(state.memory));
      if (typeof read !== "object") return read;
      state.raced = true;
      return 0;
    },
    settled: () => true,
    values: ({ memory }) => [
      ...memory.messages.map((messages) => messages.at(-1)!.value),
      ...memory.cells,
    ],
    key: ({ memory, raced }) => JSON.stringify([memory, raced]),
    raceOfLast: ({ raced }) => raced ? someRace : undefined,
  };
}

/** The program with what views know: no fences, no seq_cst, and location 1 all plain or all atomic. */
function withinViews(program: Program, plain: boolean): Program {
  const weaker: Partial<Record<Order, Order>> = { seq_cst: "acq_rel" };
  const fits = (instruction: Instruction): Instruction[] => {
    if (instruction.kind === "fence" || !("order" in instruction)) return [];
    if (plain && instruction.location === 1) {
      const isAccess = instruction.kind === "load" || instruction.kind === "store";
      return isAccess ? [{ ...instruction, order: "plain" }] : [];
    }
    const order = weaker[instruction.order] ?? instruction.order;
    return [{ ...instruction, order }];
  };
  return {
    ...program,
    threads: program.threads.map((thread) => ({
      ...thread,
      instructions: thread.instructions.flatMap(fits),
    })),
  };
}

function finalsOf<Memory>(
  program: Program,
  model: MemoryModel<Memory>,
): readonly [boolean, readonly string[]] {
  const { finals, race } = searchProgram(program, model);
  // A program that races has no meaning: what it ends with is not compared.
  return [race !== undefined, race === undefined ? finals.map((final) => JSON.stringify(final)).sort() : []];
}

Deno.test("Views end as RC11 does, and race as it does, on random programs without seq_cst", () => {
  let [raced, calm] = [0, 0];
  for (const plain of [false, true]) {
    for (const shape of [{ threads: 2, accesses: 4 }, { threads: 3, accesses: 3 }]) {
      fc.assert(
        fc.property(randomProgram({ ...shape, plain: false }), (random) => {
          const program = withinViews(random, plain);
          const expected = finalsOf(program, rc11);
          assertEquals(finalsOf(program, viewsModel(plain ? [1] : [])), expected);
          if (expected[0]) raced++;
          else calm++;
        }),
        { numRuns: 120, seed: 7 },
      );
    }
  }
  assert(raced > 20 && calm > 200, `${raced} raced, ${calm} did not`);
});

/** The locations of a program that are plain; undefined when views refuse it. */
function plainLocations({ threads, locations }: Program): number[] | undefined {
  const uses = locations.map(() => new Set<string>());
  for (const instruction of threads.flatMap(({ instructions }) => instructions)) {
    if (instruction.kind === "fence") return undefined;
    if (!("order" in instruction)) continue;
    if (instruction.order === "seq_cst") return undefined;
    uses[instruction.location]!.add(instruction.order === "plain" ? "plain" : "atomic");
  }
  if (uses.some(({ size }) => size > 1)) return undefined;
  return [...locations.keys()].filter((location) => uses[location]!.has("plain"));
}

Deno.test("Views end as RC11 does on every litmus test of the catalogue that they do not refuse", () => {
  let compared = 0;
  for (const { file, test: { program } } of readCatalogue()) {
    const plain = plainLocations(program);
    if (plain === undefined) continue;
    compared++;
    const { finals, race } = searchProgram(program, rc11);
    const found = searchProgram(program, viewsModel(plain));
    assertEquals([file, found.race !== undefined], [file, race !== undefined]);
    if (race !== undefined) continue;
    const registers = (all: typeof finals) => all.map((final) => JSON.stringify(final.registers)).sort();
    assertEquals(registers(found.finals), registers(finals), file);
  }
  assert(compared > 20, `${compared} tests compared`);
});

const loads: readonly Order[] = ["relaxed", "acquire"];
const stores: readonly Order[] = ["relaxed", "release"];
const updates: readonly Order[] = ["relaxed", "acquire", "release", "acq_rel"];

/** An access of two atomic locations, 0 and 1, and two plain ones. */
const someAccess: fc.Arbitrary<Access> = fc.oneof(
  fc.record({
    kind: fc.constant("load" as const),
    location: fc.constantFrom(0, 1),
    order: fc.constantFrom(...loads),
  }),
  fc.record({
    kind: fc.constant("store" as const),
    location: fc.constantFrom(0, 1),
    value: fc.nat(3),
    order: fc.constantFrom(...stores),
  }),
  fc.record({
    kind: fc.constant("compareExchange" as const),
    location: fc.constantFrom(0, 1),
    expected: fc.nat(3),
    desired: fc.nat(3),
    order: fc.constantFrom(...updates),
    failureOrder: fc.constantFrom(...loads),
  }),
  fc.record({
    kind: fc.constant("load" as const),
    location: fc.constantFrom(2, 3),
    order: fc.constant("plain" as const),
  }),
  fc.record({
    kind: fc.constant("store" as const),
    location: fc.constantFrom(2, 3),
    value: fc.nat(3),
    order: fc.constant("plain" as const),
  }),
);

Deno.test("Views hand on what a read-modify-write has read, whether it releases something of its own or not", () => {
  for (const order of ["relaxed", "release"]) {
    const { program } = parseLitmus(
      "handed-on.litmus",
      `C handed-on
{}
P0 (int* d, atomic_int* y) { *d = 1; atomic_store_explicit(y,1,memory_order_release); }
P1 (atomic_int* y) { int a = atomic_fetch_add_explicit(y,1,memory_order_${order}); }
P2 (int* d, atomic_int* y) {
  int a = atomic_load_explicit(y,memory_order_acquire);
  if (a == 2) { int b = *d; }
}
exists (2:a=2)
`,
    );
    const found = finalsOf(program, viewsModel(plainLocations(program)!));
    assertEquals([order, found[0]], [order, false]);
    assertEquals(found[1].length, finalsOf(program, rc11)[1].length);
  }
});

Deno.test("Views race where vector clocks do, when every access sees the newest write", () => {
  const counts = { read: 0, write: 0, calm: 0 };
  const step = fc.tuple(fc.nat(2), someAccess);
  fc.assert(
    fc.property(fc.array(step, { minLength: 4, maxLength: 40, size: "max" }), (steps) => {
      const views = new Views({
        threads: 3,
        initial: [0, 0, 0, 0],
        plain: [2, 3],
        continued: [0, 1],
        kept: 0,
        messages: 40,
        maxValue: 3,
      });
      const memory = views.initial();
      const clocks = new VectorClocks(3);
      const cells = [0, 0, 0, 0];
      for (const [thread, access] of steps) {
        const read = performOnCells(cells, access);
        const race = clocks.access(thread, access, read);
        const answer = views.perform(memory, thread, access, { choose: (count) => count - 1 });
        if (race === undefined) {
          assertEquals(answer, read);
          continue;
        }
        assert(typeof answer === "object", "only the clocks see a race");
        const { location, kind, earlier } = answer;
        assertEquals([location, kind], [race.location, race.later.kind]);
        counts[earlier]++;
        return;
      }
      counts.calm++;
    }),
    { numRuns: 3_000, seed: 11 },
  );
  assert(Object.values(counts).every((count) => count > 100), JSON.stringify(counts));
});

Deno.test("Views refuse fences, seq_cst and locations that are accessed both ways", () => {
  const views = new Views({
    threads: 2,
    initial: [0, 0],
    plain: [1],
    continued: [],
    kept: 0,
    messages: 2,
    maxValue: 9,
  });
  const refuses = (access: Parameters<Views["perform"]>[2], says: string) =>
    assertThrows(() => views.perform(views.initial(), 0, access, { choose: () => 0 }), RangeError, says);
  refuses({ kind: "fence", order: "acquire" }, "no fence");
  refuses({ kind: "load", location: 0, order: "seq_cst" }, "no seq_cst");
  refuses({ kind: "load", location: 0, order: "plain" }, "both ways");
  refuses({ kind: "load", location: 1, order: "relaxed" }, "both ways");
  refuses({ kind: "store", location: 0, value: 1, order: "relaxed" }, "written without release");
});
