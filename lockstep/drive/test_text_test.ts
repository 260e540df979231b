import { assertEquals } from "@std/assert";
import type { CaseFile } from "./case_file.ts";
import { testText } from "./test_text.ts";

const commands = [{ kind: "take", as: 0 }, { kind: "count" }] as unknown as CaseFile["commands"];
const file: CaseFile = { lockstep: 1, protocol: "pool", scope: "small", start: null, commands };
const imports = { protocol: { from: "./pool.ts", name: "pool" }, lockstep: "../mod.ts" };

Deno.test("testText writes a literal test with every command spelt out", () => {
  assertEquals(
    testText({ ...file, mistake: "counts-none" }, imports),
    `import { assertAgreed } from "../mod.ts";
import { pool } from "./pool.ts";

Deno.test("pool agrees on 2 commands", async () => {
  await assertAgreed(pool, {
    lockstep: 1,
    protocol: "pool",
    scope: "small",
    mistake: "counts-none",
    start: null,
    commands: [
      { kind: "take", as: 0 },
      { kind: "count" },
    ],
  });
});
`,
  );
});
