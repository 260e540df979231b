import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { z } from "zod";
import { formatCaseFile } from "./lockstep/drive/case_file.ts";

const eager = [
  { kind: "write", length: 11, as: 0 },
  { kind: "receive", as: 0 },
  { kind: "write", length: 1, as: 1 },
] as const;

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the command line in a process of its own. */
async function run(words: readonly string[], permissions: readonly string[] = ["-A"]): Promise<Ended> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      ...permissions,
      new URL("main.ts", import.meta.url).pathname,
      ...words,
    ],
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  }).output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}

/** A case file that is removed with the object. */
class TemporaryFile implements Disposable {
  readonly path: string = Deno.makeTempFileSync({ suffix: ".json" });

  constructor(text: string) {
    Deno.writeTextFileSync(this.path, text);
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.path);
  }
}

function ringCase(more: object = {}): string {
  return formatCaseFile({
    lockstep: 1,
    protocol: "lease-ring",
    scope: "small",
    start: { offset: 0, sequence: 0 },
    commands: eager,
    ...more,
  });
}

Deno.test("main refuses words that it does not know with one sentence and exit code 2", async () => {
  using noCase = new TemporaryFile("{}");
  using otherVersion = new TemporaryFile(ringCase().replace('"lockstep": 1', '"lockstep": 2'));
  using wrongCommand = new TemporaryFile(ringCase({ commands: [{ kind: "write", length: 13, as: 0 }] }));
  using otherScope = new TemporaryFile(ringCase({ scope: "medium" }));
  using eagerCase = new TemporaryFile(ringCase({ mistake: "eager-start" }));
  using wrongProtocol = new TemporaryFile(ringCase({ protocol: "lease-rong" }));
  const wrong: readonly [readonly string[], string][] = [
    [["chek"], "unknown command 'chek'"],
    [["check", "lease-rng"], 'Cannot find protocol "lease-rng": did you mean lease-ring?'],
    [["check", "--cases", "0"], 'Cannot use --cases "0": must be an integer from 1'],
    [["explore"], "missing required argument 'protocol'"],
    [
      ["check", "lease-ring", "--junit", "no-such-folder/junit.xml"],
      "Cannot write no-such-folder/junit.xml: ",
    ],
    [["explore", "lease-ring", "--scope", "smal"], "did you mean small?"],
    [["explore", "lease-ring", "--mistake", "xyz"], "known are eager-start"],
    [["explore", "lease-ring", "--states", "many"], 'Cannot use --states "many"'],
    [
      ["explore", "lease-ring", "--scope", "tiny", "--mistake", "exact-fill"],
      "Cannot use mistake exact-fill in scope tiny: must be in scope small",
    ],
    [
      ["explore", "lease-ring", "--machine", "what", "--mistake", "exact-fill"],
      "mistakes are in the mechanism",
    ],
    [["replay", otherScope.path, "--mistake", "eager-start"], "in scope medium: must be in scope small"],
    [["check", "--\u001b[31mred"], "unknown option '--\\u001b[31mred'"],
    [
      ["replay", "no\u001b]0;such\u0007file"],
      "Cannot read no\\u001b]0;such\\u0007file: there is no such file",
    ],
    [["replay", "no-such-file.json"], "Cannot read no-such-file.json: there is no such file"],
    [["replay", noCase.path], "Cannot read case: "],
    [["replay", otherVersion.path], "it is of version 2, this program reads version 1"],
    [["replay", wrongCommand.path], "commands.0: length: "],
    [["replay", wrongProtocol.path], "did you mean lease-ring?"],
    [
      ["repl", "page-flags", eagerCase.path],
      `${eagerCase.path}: it is a case of lease-ring, not of page-flags`,
    ],
  ];
  for (const [words, sentence] of wrong) {
    const { code, out, err } = await run(words);
    assertEquals(code, 2, words.join(" "));
    assertEquals(out, "", words.join(" "));
    assertStringIncludes(err, sentence);
    assert(!err.includes("    at "), `${words.join(" ")} printed a stack: ${err}`);
    assert(!err.includes("\u001b"), `${words.join(" ")} let a terminal escape through`);
  }
});

Deno.test("main replay agrees with the correct ring and shows how a mistaken one diverges", async () => {
  using file = new TemporaryFile(ringCase());
  const good = await run(["replay", file.path]);
  assertEquals([good.code, good.err], [0, ""]);
  const bad = await run(["replay", file.path, "--mistake", "eager-start"]);
  assertEquals([bad.code, bad.err], [1, ""]);
  assertStringIncludes(bad.out, "write length=1 as=1");
  assertStringIncludes(bad.out, "written");
  assertStringIncludes(bad.out, "full");
  const json = await run(["replay", file.path, "--mistake", "eager-start", "--json"]);
  assertEquals(json.code, 1);
  assertEquals(JSON.parse(json.out).verdict.kind, "diverged");
});

Deno.test("main replay says how many commands of a case were not possible", async () => {
  using file = new TemporaryFile(ringCase({ commands: [{ kind: "read", lease: 0 }, ...eager] }));
  const { code, err } = await run(["replay", file.path]);
  assertEquals(code, 0);
  assertEquals(err, "not possible when the turn came, and left out: 1 of 4 commands\n");
});

Deno.test("main says what is missing without the permission to call native code, and exits with 3 when it must run", async () => {
  using file = new TemporaryFile(ringCase());
  const permissions = ["--allow-read"];
  const replayed = await run(["replay", file.path], permissions);
  assertEquals(replayed.code, 3);
  assertStringIncludes(replayed.err, "permission to call native code is missing, run with --allow-ffi");
  const words = ["check", "lease-ring", "--cases", "20", "--seconds", "1"];
  const checked = await run(words, permissions);
  assertEquals(checked.code, 0, checked.err);
  assertStringIncludes(checked.out, "skipped lockstep small: ");
  assertEquals((await run([...words, "--require"], permissions)).code, 3);
  const unreadable = await run(["replay", file.path], []);
  assertEquals(unreadable.code, 3);
});

const checkSchema = z.object({
  ok: z.boolean(),
  protocols: z.array(z.object({
    name: z.string(),
    explore: z.object({
      scope: z.string(),
      states: z.int(),
      transitions: z.int(),
      depth: z.int(),
      exhausted: z.boolean(),
      violations: z.array(z.unknown()),
      vacuous: z.array(z.string()),
    }),
    lockstep: z.object({
      target: z.string(),
      cases: z.int(),
      commands: z.int(),
      divergences: z.array(z.unknown()),
      labels: z.record(z.string(), z.int()),
    }),
    bugs: z.array(z.object({
      name: z.string(),
      upstream: z.string(),
      foundBy: z.array(z.enum(["explore", "refines", "lockstep", "tour", "race"])),
      commands: z.int(),
      minimality: z.enum(["certified", "1-minimal"]),
      case: z.unknown(),
    })),
    skipped: z.array(z.object({ what: z.string(), why: z.string() })),
  })),
});

Deno.test("main check --json keeps the documented shape and exits with 0", async () => {
  const asked = ["--json", "--seed", "1", "--cases", "300", "--seconds", "3"];
  const { code, out, err } = await run(["check", "shared-buffer", ...asked]);
  assertEquals(code, 0, err);
  const result = checkSchema.parse(JSON.parse(out));
  assertEquals(result.ok, true);
  assertEquals(result.protocols.map(({ name }) => name), ["shared-buffer"]);
});

Deno.test("main explore shows a shortest trace of a mistake and exits with 1", async () => {
  const { code, out } = await run(["explore", "lease-ring", "--mistake", "exact-fill", "--states", "20000"]);
  assertEquals(code, 1);
  assertMatch(out, /not exhausted: /);
  assertMatch(out, /equal offsets\s+mean an empty ring/);
  assertMatch(out, /1 ✗ writer {2}write length=12 as=0/);
});

Deno.test("main explore with two workers finds what one finds", async () => {
  const facts = async (...more: string[]): Promise<unknown> => {
    const { code, out } = await run(["explore", "lease-ring", "--machine", "what", "--json", ...more]);
    const { milliseconds: _milliseconds, memory: _memory, workers: _workers, ...rest } = JSON.parse(out);
    return { code, ...rest };
  };
  assertEquals(await facts("--workers", "2"), await facts());
});

Deno.test("main explore of the specification ends exhausted and exits with 0", async () => {
  const { code, out } = await run(["explore", "lease-ring", "--machine", "what", "--json"]);
  assertEquals(code, 0);
  const { states, exhausted, violations } = JSON.parse(out);
  assertEquals([states, exhausted, violations], [85740, true, []]);
});

Deno.test("main list names every protocol with its scopes and mistakes", async () => {
  const { code, out } = await run(["list", "--json"]);
  assertEquals(code, 0);
  const [ring] = JSON.parse(out).protocols;
  assertEquals(ring.name, "lease-ring");
  assert(ring.mistakes.length >= 9);
});
