import { assert, assertEquals } from "@std/assert";
import { munmapAt, reservedBase, reserveRange } from "./address_space.ts";
import { faultScenarios } from "./fault_scenarios.ts";
import { loadByte, storeByte } from "./faults.ts";
import { pageBytes } from "./memory.ts";

/** The signal that ends a process which really makes this access, or "none". */
async function signalOf(scenario: string, access: "load" | "store"): Promise<string> {
  const program = new URL("fault_scenarios.ts", import.meta.url).pathname;
  const { signal, code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", program, scenario, access],
    stdout: "null",
    stderr: "piped",
  }).output();
  if (signal !== null) return signal;
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  return "none";
}

Deno.test("loadByte and storeByte answer the signal by which a real access ends a process", async () => {
  const seen = new Set<string>();
  for (const [scenario, prepare] of Object.entries(faultScenarios)) {
    for (const access of ["load", "store"] as const) {
      reserveRange(reservedBase, 2 * pageBytes());
      const address = prepare();
      const answer = access === "load" ? loadByte(address) : storeByte(address, 1);
      munmapAt(reservedBase, 2 * pageBytes());
      const signal = typeof answer === "string" ? answer : "none";
      assertEquals(signal, await signalOf(scenario, access), `${access}, ${scenario}`);
      seen.add(signal);
    }
  }
  assertEquals([...seen].sort(), ["SIGBUS", "SIGSEGV", "none"]);
});

Deno.test("storeByte stores what loadByte finds", () => {
  reserveRange(reservedBase, pageBytes());
  const address = faultScenarios["shared file"]!();
  try {
    assertEquals(loadByte(address), 0);
    assertEquals(storeByte(address + 17, 0xfe), undefined);
    assertEquals(loadByte(address + 17), 0xfe);
    assertEquals(loadByte(address + 16), 0);
  } finally {
    assert(munmapAt(reservedBase, pageBytes()) === 0);
  }
});
