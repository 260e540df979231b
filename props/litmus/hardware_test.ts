import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { skipUnless } from "../../ffi/skip_unless.ts";
import { LitmusThreads } from "../../impl/litmus/run_on_hardware.ts";
import type { Flavour } from "../../impl/litmus/thread_code.ts";
import { type LitmusTest, parseLitmus } from "../../model/memory/litmus.ts";
import { checkLitmus } from "../../model/memory/check_litmus.ts";
import { sc } from "../../model/memory/sc.ts";
import { readCatalogue } from "./catalogue.ts";
import { checkOnHardware, missingFor, showHardware } from "./hardware.ts";

const tests = readCatalogue().map(({ test }) => test);
const named = (name: string) => tests.find((test) => test.name === name)!;

async function skipped(flavour: Flavour): Promise<boolean> {
  const missing = await missingFor(flavour);
  return skipUnless(`litmus on this processor (${flavour})`, missing).ignore;
}

const ignored = { plain: await skipped("plain"), atomics: await skipped("atomics"), c: await skipped("c") };

/** Two threads: as many as the smallest machine has cores. */
const twoThreads = tests.filter(({ program }) => program.threads.length === 2);

async function staysWithin(flavour: Flavour, chosen: readonly LitmusTest[]): Promise<void> {
  using threads = new LitmusThreads();
  for (const test of chosen) {
    const { seen, beyond, runs } = await checkOnHardware(test, flavour, 250, threads);
    assertEquals([test.name, beyond], [test.name, []]);
    assertEquals(seen.reduce((sum, { count }) => sum + count, 0), runs);
  }
}

Deno.test({
  name: "checkOnHardware with plain accesses stays within tso and counts every run",
  ignore: ignored.plain,
  fn: () => staysWithin("plain", twoThreads),
});

Deno.test({
  name: "checkOnHardware with Atomics stays within tso and counts every run",
  ignore: ignored.atomics,
  fn: () => staysWithin("atomics", twoThreads),
});

Deno.test({
  name: "checkOnHardware with C11 orders in native code stays within rc11 and counts every run",
  ignore: ignored.c,
  fn: () => staysWithin("c", twoThreads.filter((_, index) => index % 4 === 0)),
});

/** One thread, one outcome. */
const overflowing = parseLitmus(
  "overflow.litmus",
  `C overflow
{ x=2147483647; y=-2147483648; }
P0 (atomic_int* x, atomic_int* y) {
  int a = atomic_load(x); int b = atomic_load(y);
  int sum = a + 1 < a; int difference = b - 1 > b; int product = a * 65539 * 65539 == 2147090423;
  int negative = -b < 0;
}
forall (0:sum=1 /\\ 0:difference=1 /\\ 0:product=1 /\\ 0:negative=1)`,
);

for (const flavour of ["plain", "atomics", "c"] as const) {
  Deno.test({
    name: `checkOnHardware computes with 32 bits that wrap around, as the models do (${flavour})`,
    ignore: ignored[flavour],
    async fn() {
      using threads = new LitmusThreads();
      const { seen, beyond } = await checkOnHardware(overflowing, flavour, 10, threads);
      assertEquals([seen.map(({ values }) => values), beyond], [[[1, 1, 1, 1]], []]);
    },
  });
}

Deno.test({
  name: "checkOnHardware says why it bounds nothing where the model can not list what it allows",
  ignore: ignored.c,
  async fn() {
    using threads = new LitmusThreads();
    const stores = "atomic_store_explicit(x, 1, memory_order_relaxed); ".repeat(65);
    const long = parseLitmus("long.litmus", `C long\n{}\nP0 (atomic_int* x) { ${stores} }\nexists (x=1)`);
    const verdict = await checkOnHardware(long, "c", 10, threads);
    assertEquals([verdict.bound, verdict.beyond, verdict.seen], [undefined, [], [{
      values: [1],
      count: 10,
    }]]);
    assertStringIncludes(showHardware(long, verdict), "in C11  P0 makes more than 64 accesses");
    for (const flavour of ["plain", "atomics", "c"] as const) {
      const cut = await checkOnHardware(named("SB+sc"), flavour, 100, threads, { maxStates: 2 });
      assertEquals([cut.bound, cut.beyond, cut.weak], [undefined, [], []]);
      assertStringIncludes(cut.unbound ?? "", "not complete: more than 2 states");
    }
  },
});

Deno.test({
  name: "checkOnHardware shows store buffering with plain stores, which sc forbids, and never with Atomics",
  ignore: ignored.plain,
  async fn() {
    using threads = new LitmusThreads();
    const test = named("SB+rlx");
    const plain = await checkOnHardware(test, "plain", 20_000, threads);
    assertEquals(plain.beyond, []);
    // deno-lint-ignore no-console
    if (plain.weak.length === 0) console.log(`inconclusive: no store buffering in ${plain.runs} runs`);
    else assertEquals([plain.weak, checkLitmus(test, sc).holds], [[[0, 0]], false]);
    const atomics = await checkOnHardware(test, "atomics", 20_000, threads);
    assert(!atomics.seen.some(({ values }) => values.every((value) => value === 0)));
  },
});

Deno.test({
  name: "checkOnHardware loses updates with loads and stores, never with a read-modify-write",
  ignore: ignored.plain,
  async fn() {
    using threads = new LitmusThreads();
    const lost = await checkOnHardware(named("LOSTUPD-ldst"), "atomics", 5_000, threads);
    assertEquals(lost.beyond, []);
    const kept = await checkOnHardware(named("INC2"), "atomics", 5_000, threads);
    assertEquals(kept.seen.map(({ values }) => values), [[2]]);
  },
});
