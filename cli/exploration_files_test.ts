import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { explore } from "../lockstep/explore/mod.ts";
import { leaseRingProtocol } from "../props/lease_ring.ts";
import { writeGraph, writeTraces } from "./exploration_files.ts";

const read = (path: string): string => Deno.readTextFileSync(path);

Deno.test("writeTraces writes a trace to every situation where no promise is broken", () => {
  const machine = leaseRingProtocol.scopes["tiny"]!().what;
  const directory = Deno.makeTempDirSync();
  try {
    const result = explore(machine, { liveness: false, witnesses: true });
    const paths = writeTraces(`${directory}/ring.itf.json`, result);
    assertEquals(paths.length, Object.keys(machine.sometimes).length);
    assertEquals(paths[1], `${directory}/ring-2.itf.json`);
    const described = paths.map((path) => JSON.parse(read(path))["#meta"].description);
    for (const name of Object.keys(machine.sometimes)) {
      assert(described.includes(`lease-ring: sometimes ${name}`), name);
    }
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});

Deno.test("writeTraces writes a trace of every broken promise, with its commands", () => {
  const machine = leaseRingProtocol.mistakes.find(({ name }) => name === "exact-fill")!.how!();
  const directory = Deno.makeTempDirSync();
  try {
    const result = explore(machine, { stopAtFirst: true, maximumStates: 20_000 });
    const [path, ...more] = writeTraces(`${directory}/fill.json`, result);
    assertEquals(more, []);
    const { states } = JSON.parse(read(path!));
    assertEquals(states[1]["mbt::actionTaken"], "write");
    assertEquals(states[1]["mbt::nondetPicks"]["length"], { tag: "Some", value: 12 });
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});

Deno.test("writeGraph draws what was seen within the limits", async () => {
  const machine = leaseRingProtocol.scopes["tiny"]!().what;
  const directory = Deno.makeTempDirSync();
  const files = { dot: `${directory}/ring.dot`, svg: `${directory}/ring.svg` };
  try {
    assertEquals(await writeGraph({}, machine, {}), []);
    assertEquals(await writeGraph(files, machine, { maximumDepth: 2 }), [files.dot, files.svg]);
    assertStringIncludes(read(files.dot), `label="write length=1 as=0"`);
    assert(read(files.svg).startsWith("<svg"));
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});
