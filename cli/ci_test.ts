import { assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { ticketReport } from "../lockstep/report/sample_for_test.ts";
import { prepareCi, writeCi } from "./ci.ts";
import { UsageError } from "./exit_code.ts";

Deno.test("writeCi writes a JUnit file and appends to the step summary", async () => {
  const directory = await Deno.makeTempDir();
  const before = Deno.env.get("GITHUB_STEP_SUMMARY");
  try {
    const summary = `${directory}/summary.md`;
    await Deno.writeTextFile(summary, "before\n");
    Deno.env.set("GITHUB_STEP_SUMMARY", summary);
    const result = {
      name: "tickets",
      explorations: [],
      refinements: [],
      scopes: [],
      tours: [],
      bugs: [],
      skipped: [{ what: "lockstep", why: "no office" }],
      stored: [],
      kept: [],
      ok: true,
    };
    writeCi([result], { github: true, junit: `${directory}/junit.xml` });
    assertEquals(await Deno.readTextFile(summary), "before\n## Lockstep: no divergence\n");
    assertStringIncludes(await Deno.readTextFile(`${directory}/junit.xml`), `<skipped message="no office"/>`);
    Deno.env.set("GITHUB_STEP_SUMMARY", "");
    assertThrows(() => writeCi([result], { github: true }), UsageError, "GITHUB_STEP_SUMMARY is not set");
    assertThrows(() => prepareCi({ github: true }), UsageError, "GITHUB_STEP_SUMMARY is not set");
  } finally {
    if (before === undefined) Deno.env.delete("GITHUB_STEP_SUMMARY");
    else Deno.env.set("GITHUB_STEP_SUMMARY", before);
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("writeCi tells of stored failures that still fail, once", async () => {
  const directory = await Deno.makeTempDir();
  const before = Deno.env.get("GITHUB_STEP_SUMMARY");
  try {
    const [summary, junit] = [`${directory}/summary.md`, `${directory}/junit.xml`];
    Deno.env.set("GITHUB_STEP_SUMMARY", summary);
    const counterexample = ticketReport();
    const result = {
      name: "tickets",
      explorations: [],
      refinements: [],
      scopes: [],
      tours: [],
      bugs: [],
      skipped: [],
      stored: [
        { path: "a.json", outcome: "still fails", counterexample },
        { path: "b.json", outcome: "still fails", counterexample },
        { path: "c.json", outcome: "unusable", reason: "Cannot replay c.json" },
        { path: "d.json", outcome: "passed once" },
      ],
      // Found again: among the divergences, which this result leaves out.
      kept: ["b.json"],
      ok: false,
    } as const;
    writeCi([result], { github: true, junit });
    assertStringIncludes(await Deno.readTextFile(summary), "## Lockstep: 1 divergence\n");
    assertStringIncludes(await Deno.readTextFile(junit), `tests="4" failures="2" skipped="1"`);
  } finally {
    if (before === undefined) Deno.env.delete("GITHUB_STEP_SUMMARY");
    else Deno.env.set("GITHUB_STEP_SUMMARY", before);
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("writeCi leaves standard output to the JSON document", async () => {
  const summary = await Deno.makeTempFile();
  const before = Deno.env.get("GITHUB_STEP_SUMMARY");
  const { writeSync } = Deno.stdout;
  let printed = "";
  Deno.stdout.writeSync = (bytes) => {
    printed += new TextDecoder().decode(bytes);
    return bytes.length;
  };
  try {
    Deno.env.set("GITHUB_STEP_SUMMARY", summary);
    const result = {
      name: "tickets",
      explorations: [],
      refinements: [],
      scopes: [],
      tours: [],
      bugs: [],
      skipped: [],
      stored: [{ path: "a.json", outcome: "still fails", counterexample: ticketReport() }],
      kept: [],
      ok: false,
    } as const;
    writeCi([result], { github: true });
    assertMatch(printed, /^::error /);
    printed = "";
    writeCi([result], { github: true, json: true });
    assertEquals(printed, "");
  } finally {
    Deno.stdout.writeSync = writeSync;
    if (before === undefined) Deno.env.delete("GITHUB_STEP_SUMMARY");
    else Deno.env.set("GITHUB_STEP_SUMMARY", before);
    await Deno.remove(summary);
  }
});
