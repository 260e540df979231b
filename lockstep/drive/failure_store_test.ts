import { assert, assertEquals, assertThrows } from "@std/assert";
import type { CaseFile } from "./case_file.ts";
import { examplePool } from "./example_pool.ts";
import { FailureStore } from "./failure_store.ts";

const file: CaseFile = {
  lockstep: 1,
  protocol: "pool",
  scope: "small",
  start: null,
  commands: [{ kind: "take", as: 0 } as { kind: string }, { kind: "count" }],
};

async function inFolder(run: (root: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir();
  try {
    await run(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("FailureStore keeps a case once, and loads it again", () =>
  inFolder(async (root) => {
    const store = new FailureStore("pool", root);
    assertEquals(await store.load(() => examplePool(2)), []);
    const path = await store.keep(file);
    assertEquals(await store.keep(file), path);
    const other = await store.keep({ ...file, scope: "large" });
    assert(other !== path);
    assert(/^[^]*\/pool\/[0-9a-f]{16}\.json$/.test(path), path);
    const loaded = await store.load(() => examplePool(2));
    assertEquals(loaded.map(({ kind }) => kind), ["case", "case"]);
    assert(loaded.some((stored) => stored.kind === "case" && stored.file.scope === "small"));
  }));

Deno.test("FailureStore removes a case after it has passed twice in a row", () =>
  inFolder(async (root) => {
    const store = new FailureStore("pool", root);
    const path = await store.keep(file);
    assertEquals(await store.replayed(path, false), "passed once");
    assertEquals(await store.replayed(path, true), "still fails");
    assertEquals(await store.replayed(path, false), "passed once");
    assertEquals(await store.replayed(path, false), "removed");
    assertEquals(await store.load(() => examplePool(2)), []);
    assertEquals([...Deno.readDirSync(`${root}/pool`)], []);
  }));

Deno.test("FailureStore says in one sentence why a case can not be used, and leaves it", () =>
  inFolder(async (root) => {
    const store = new FailureStore("pool", root);
    const path = await store.keep({ ...file, commands: [{ kind: "take", as: 4 } as { kind: string }] });
    const [changed] = await store.load(() => examplePool(2));
    assert(changed?.kind === "unusable");
    assert(
      changed.reason.startsWith(`Cannot replay ${path}: the protocol has changed, commands.0: as: `),
      changed.reason,
    );
    const [gone] = await store.load(() => undefined);
    assert(gone?.kind === "unusable");
    assertEquals(gone.reason, `Cannot replay ${path}: pool has no scope small any more`);
    await Deno.writeTextFile(path, "{");
    const [damaged] = await store.load(() => examplePool(2));
    assert(damaged?.kind === "unusable" && damaged.reason.includes("not JSON"));
  }));

Deno.test("FailureStore refuses a protocol name that would leave its folder", () => {
  assertThrows(() => new FailureStore("../pool"), RangeError, 'protocol is "../pool", must be in kebab-case');
});
