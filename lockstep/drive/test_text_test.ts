import { assertEquals, assertRejects } from "@std/assert";
import type { Protocol } from "../protocol.ts";
import { asTarget } from "./as_target.ts";
import { assertAgrees } from "./assert_agrees.ts";
import type { CaseFile } from "./case_file.ts";
import { examplePool, poolWalk } from "./example_pool.ts";
import { testText } from "./test_text.ts";

const commands = [{ kind: "take", as: 0 }, { kind: "count" }] as unknown as CaseFile["commands"];
const file: CaseFile = { lockstep: 1, protocol: "pool", scope: "small", start: null, commands };
const imports = { protocol: { from: "./pool.ts", name: "pool" }, lockstep: "../mod.ts" };

const pool: Protocol = {
  name: "pool",
  title: "Pool",
  scopes: {
    small: () => ({
      description: "2 tokens",
      what: examplePool(2),
      walk: poolWalk,
      target: asTarget(examplePool(2)),
      use: ["lockstep"],
    }),
  },
  mistakes: [{
    name: "counts-none",
    title: "counts none",
    upstream: "planted",
    scope: "small",
    target: () => asTarget(examplePool(2, { count: () => 0 })),
    foundBy: ["lockstep"],
  }],
};

Deno.test("testText writes a literal test with every command spelt out", () => {
  assertEquals(
    testText({ ...file, mistake: "counts-none" }, imports),
    `import { assertAgrees } from "../mod.ts";
import { pool } from "./pool.ts";

Deno.test("pool agrees on 2 commands", async () => {
  await assertAgrees(pool, {
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

Deno.test("assertAgrees passes where both sides agree, and names the command where they do not", async () => {
  await assertAgrees(pool, file);
  await assertRejects(
    () => assertAgrees(pool, { ...file, mistake: "counts-none" }),
    Error,
    'pool diverged at command 1, {"kind":"count"}',
  );
});

Deno.test("assertAgrees refuses what the protocol does not have", async () => {
  await assertRejects(
    () => assertAgrees(pool, { ...file, scope: "large" }),
    RangeError,
    "has no scope large",
  );
  await assertRejects(
    () => assertAgrees(pool, { ...file, mistake: "none" }),
    RangeError,
    "implementation with none",
  );
  const impossible = [{ kind: "give", token: 0 }] as unknown as CaseFile["commands"];
  await assertRejects(
    () => assertAgrees(pool, { ...file, commands: impossible }),
    Error,
    "not possible any more",
  );
});
