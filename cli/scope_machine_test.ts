import { assert, assertEquals } from "@std/assert";
import { explore, exploreWorkers } from "../lockstep/explore/mod.ts";
import { type MachineName, scopeMachine, scopeRecipe } from "./scope_machine.ts";

/** Several threads and one, on a machine that ships; everything but times and memory. */
async function compare(
  name: MachineName,
  maximumStates: number,
  learn: boolean | "at once" = true,
): Promise<{ readonly violations: number }> {
  const limits = { maximumStates, learn };
  const { milliseconds: _, memory: _memory, workers: _one, ...alone } = explore(scopeMachine(name), limits);
  const { milliseconds: __, memory: __memory, workers, ...together } = await exploreWorkers(
    scopeRecipe(name),
    2,
    { ...limits, minimumLevel: 32 },
  );
  assertEquals(together, alone);
  assertEquals(workers, 2);
  return { violations: alone.violations.length };
}

Deno.test("scopeRecipe has two workers find what one finds where promises about progress are decided", async () => {
  await compare({ protocol: "buffer-ownership", scope: "zero-copy", level: "how" }, 200_000);
});

Deno.test("scopeRecipe has two workers find what one finds where a bound cuts", async () => {
  // Threads start once it is decided whether steps are learnt; by then this scope would be over.
  for (const learn of [false, "at once"] as const) {
    await compare({ protocol: "page-flags", scope: "store-buffers", level: "how" }, 200_000, learn);
  }
});

Deno.test("scopeRecipe has two workers find what one finds in classes of states", async () => {
  await compare({ protocol: "shared-buffer", scope: "operations", level: "what" }, 200_000);
});

Deno.test("scopeRecipe has two workers find the violations that one finds, with the same traces", async () => {
  for (const mistake of ["eager-start", "never-freed", "hole-forgotten"]) {
    const { violations } = await compare({ protocol: "lease-ring", mistake }, 90_000);
    assert(violations > 0, mistake);
  }
  const { violations } = await compare({ protocol: "zerocopy-index", mistake: "wrap-to-one" }, 90_000);
  assert(violations > 0);
});
