import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { litmusCommand, litmusOptions } from "./litmus_command.ts";

const file = (name: string) => new URL(`./catalogue/${name}.litmus`, import.meta.url).pathname;

async function run(...words: string[]): Promise<{ code: number; output: string }> {
  const lines: string[] = [];
  const code = await litmusCommand(litmusOptions(words), (line) => lines.push(line));
  return { code, output: lines.join("\n") };
}

Deno.test("litmusCommand shows the states of a test and marks the witnesses", async () => {
  const { code, output } = await run(file("SB+rlx"), "--model", "tso");
  assertEquals(code, 0);
  assertEquals(
    output,
    `SB+rlx  tso  Ok  (exists: Sometimes, 1 of 4 states, 4 executions)
  * 0:a=0; 1:b=0
    0:a=0; 1:b=1
    0:a=1; 1:b=0
    0:a=1; 1:b=1
1 test, 1 verdict, 0 against the catalogue, 0 files refused`,
  );
});

Deno.test("litmusCommand agrees with the catalogue when no file is named", async () => {
  const { code, output } = await run("--model=sc", "--model=c++20");
  assertEquals(code, 0);
  assertStringIncludes(output, "63 tests, 126 verdicts, 0 against the catalogue, 0 files refused");
});

Deno.test("litmusCommand calls a racy program undefined", async () => {
  assertStringIncludes(
    (await run(file("FLAGS-na-rmw"), "--model", "c11")).output,
    "FLAGS-na-rmw  c11  Undefined",
  );
});

Deno.test("litmusCommand ends with 2 for a file that is not there, and still answers the others", async () => {
  const { code, output } = await run("no-such.litmus", file("LB+rlx"));
  assertEquals(code, 2);
  assertStringIncludes(output, "Cannot read litmus test no-such.litmus: there is no such file");
  assertStringIncludes(output, "LB+rlx  c11  No");
});

Deno.test("litmusCommand tells states and races of a test that asks nothing, and ends with 2", async () => {
  const path = await Deno.makeTempFile({ suffix: ".litmus" });
  await Deno.writeTextFile(path, "C racy\n{}\nP0 (int* d) { *d = 1; }\nP1 (int* d) { *d = 2; }\n");
  const { code, output } = await run(path, "--model=c11");
  await Deno.remove(path);
  assertEquals(code, 2);
  assertStringIncludes(
    output,
    `${path}:5: the condition is missing, accepted are exists, ~exists or forall; told are`,
  );
  assertStringIncludes(output, "racy  c11  Undefined  (nothing is asked: 2 states");
  assertStringIncludes(output, "0 against the catalogue, 0 files refused, 1 without a condition");
});

Deno.test("litmusCommand says why an x86 test has no verdict under c11", async () => {
  const path = await Deno.makeTempFile({ suffix: ".litmus" });
  await Deno.writeTextFile(path, "X86 one\n{}\n P0 ;\n MOV [x],$1 ;\nexists (x=1)\n");
  const { code, output } = await run(path, "--model=c11", "--model=tso");
  const json = JSON.parse((await run(path, "--model=c11", "--json")).output);
  await Deno.remove(path);
  assertEquals(code, 0);
  assertStringIncludes(output, "one  c11  n/a: an x86 test says which instructions run");
  assertStringIncludes(output, "one  tso  Ok");
  assertStringIncludes(output, "1 test, 1 verdict, 0 against the catalogue, 0 files refused, 1 n/a");
  assertEquals(json.results[0].answer, "n/a");
});

Deno.test("litmusCommand prints one JSON document, whatever can not be read or asked", async () => {
  const path = await Deno.makeTempFile({ suffix: ".litmus" });
  const stores = "atomic_store_explicit(x, 1, memory_order_relaxed); ".repeat(65);
  await Deno.writeTextFile(path, `C long\n{}\nP0 (atomic_int* x) { ${stores} }\nexists (x=1)\n`);
  const { code, output } = await run("no-such.litmus", path, "--json");
  await Deno.remove(path);
  const { results, problems, refused } = JSON.parse(output);
  assertEquals([code, refused], [2, 1]);
  assertEquals(problems, ["Cannot read litmus test no-such.litmus: there is no such file"]);
  assertEquals(results.map(({ answer }: { answer: string }) => answer), ["Ok", "Ok", "n/a"]);
});

Deno.test("litmusCommand ends with 2 for a folder", async () => {
  const { code, output } = await run("docs");
  assertEquals(code, 2);
  assertStringIncludes(output, "Cannot read litmus test docs: it is a folder");
});

Deno.test("litmusCommand ends with 2 for what is no text file, and says why", async () => {
  const folder = await Deno.makeTempDir();
  const [binary, large] = [`${folder}/binary.litmus`, `${folder}/large.litmus`];
  await Deno.writeFile(binary, Uint8Array.from({ length: 300 }, (_, index) => (index * 37 + 128) % 256));
  await Deno.writeTextFile(large, "x".repeat(1_000_001));
  const files = ["", `${binary}/below`, binary, large, "/dev/zero"];
  const { code, output } = await run(...files, "--model=sc");
  await Deno.remove(folder, { recursive: true });
  assertEquals(code, 2);
  for (
    const says of [
      "test : its name is empty",
      "below: there is no such file",
      "binary.litmus:1: architecture",
      "large.litmus: it has 1000001 bytes, must be at most 1000000",
      "/dev/zero: it is a device",
    ]
  ) assertStringIncludes(output, says);
  assertStringIncludes(output, "0 tests, 0 verdicts, 0 against the catalogue, 5 files refused");
});

Deno.test("litmusOptions refuses an unknown model and an unknown option", () => {
  assertThrows(() => litmusOptions(["--model", "arm"]), TypeError, "must be sc, tso, c11 or c++20");
  assertThrows(() => litmusOptions(["--fast"]), TypeError, "unknown option --fast");
});
