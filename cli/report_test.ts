import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { skipUnless } from "../ffi/skip_unless.ts";
import { parseJsonReport } from "../lockstep/report/json.ts";
import { leaseRingProtocol } from "../props/lease_ring.ts";
import { main } from "../main.ts";

const root = new URL("../", import.meta.url).pathname;
const stored = `${root}docs/cases/lease-ring/eager-start.json`;
const { missing } = leaseRingProtocol.scopes["small"]!().target.probe();
const { ignore } = skipUnless("the verb report", missing[0]);

Deno.test({
  name: "report writes a stored case in the face that the name of the output asks for",
  ignore,
  fn: async () => {
    const directory = await Deno.makeTempDir();
    try {
      for (
        const [name, part] of Object.entries({
          "a.html": "<!doctype html>",
          "a.md": "**✗",
          "a.ts": `import { assertAgreed } from "file://${root}lockstep/mod.ts"`,
        })
      ) {
        assertEquals(await main(["report", stored, "-o", `${directory}/${name}`]), 0);
        assertStringIncludes(await Deno.readTextFile(`${directory}/${name}`), part);
      }
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});

Deno.test({
  name: "report reads back a report that was stored as JSON",
  ignore,
  fn: async () => {
    const directory = await Deno.makeTempDir();
    try {
      assertEquals(await main(["report", stored, "-o", `${directory}/a.json`]), 0);
      const report = parseJsonReport(await Deno.readTextFile(`${directory}/a.json`));
      assertEquals(report.verdict.kind, "diverged");
      assert(report.steps[0]!.picture !== undefined, "the picture is lost");
      assertEquals(report.walk, `deno task repl lease-ring ${stored} --real`);
      assertEquals(await main(["report", `${directory}/a.json`, "-o", `${directory}/a.html`]), 0);
      assertStringIncludes(await Deno.readTextFile(`${directory}/a.html`), "ring with eager-start");
      const sorted = Object.entries(report).toSorted(([first], [second]) => first < second ? -1 : 1);
      await Deno.writeTextFile(
        `${directory}/sorted.json`,
        `\ufeff${JSON.stringify(Object.fromEntries(sorted))}`,
      );
      assertEquals(await main(["report", `${directory}/sorted.json`, "-o", `${directory}/b.html`]), 0);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});

Deno.test({
  name: "report refuses an output that can not be written as a wrong file, not as a mistake of its own",
  ignore,
  fn: async () => {
    assertEquals(await main(["report", stored, "-o", `${root}docs`]), 2);
    assertEquals(await main(["report", stored, "-o", `${root}no-such-folder/a.html`]), 2);
  },
});

Deno.test("report refuses a mistake in another scope than the one in which it is put", async () => {
  const path = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await Deno.writeTextFile(path, (await Deno.readTextFile(stored)).replace('"small"', '"medium"'));
    assertEquals(await main(["report", path, "-o", `${path}.md`]), 2);
    assertThrows(() => Deno.statSync(`${path}.md`), Deno.errors.NotFound);
  } finally {
    await Deno.remove(path);
  }
});
