/**
 * What documents show is what the program does: transcripts are run, tables and pictures made again.
 *
 * @module
 */
import { stripAnsiCode } from "@std/colors";
import { assert, assertEquals } from "@std/assert";
import { documents } from "../cli/documents.ts";
import { skipUnless } from "../ffi/skip_unless.ts";
import { explain, sidesOf } from "../lockstep/check/sides.ts";
import { checkCase, parseCaseFile } from "../lockstep/drive/case_file.ts";
import { ScriptedIo } from "../lockstep/repl/io.ts";
import type { Protocol } from "../lockstep/protocol.ts";
import { repl } from "../lockstep/repl/repl.ts";
import { assertGolden } from "../lockstep/report/golden_for_test.ts";
import { svgFile } from "../lockstep/report/svg.tsx";
import { casePath, type TrackRecordRow, trackRecordSchema } from "../lockstep/report/track_record.ts";
import { protocols } from "../props/protocols.ts";
import { pictures } from "./pictures.ts";

const root = new URL("../", import.meta.url);
const read = (path: string): string => Deno.readTextFileSync(new URL(path, root));
const rows: readonly TrackRecordRow[] = trackRecordSchema.parse(JSON.parse(read("docs/track_record.json")));

type Words = Pick<TrackRecordRow, "name" | "title" | "upstream"> & { readonly lived?: string };

/** Times differ from run to run, and so does how far a search with a limit comes. */
function withoutTimes(text: string): string {
  return text.replaceAll(
    /^ +[\d,]+ states?, [\d,]+ transitions?, depth \d+: (?!everything).*$/gm,
    "  … states, within the time",
  );
}

async function runTranscript(head: string, lines: readonly string[]): Promise<string> {
  const [name, ...options] = head.split(" ");
  const mistake = options.find((option) => option.startsWith("mistake="))?.slice("mistake=".length);
  const scope = options.find((option) => option.startsWith("scope="))?.slice("scope=".length);
  const io = new ScriptedIo(lines);
  await repl({
    protocol: protocols.find((protocol) => protocol.name === name)!,
    ...(scope === undefined ? {} : { scope }),
    ...(mistake === undefined ? {} : { mistake }),
    ...(options.includes("real") ? { real: true } : {}),
  }, io);
  return withoutTimes(stripAnsiCode(io.text)).split("\n").map((line) => line.trimEnd()).join("\n");
}

for (const { name } of [...Deno.readDirSync(new URL(".", import.meta.url))]) {
  if (!name.endsWith(".md")) continue;
  const text = read(`docs/${name}`);
  if (!text.includes("```repl ")) continue;
  Deno.test(`docs/${name} shows what the REPL says`, async () => {
    const parts: string[] = [];
    let from = 0;
    for (const block of text.matchAll(/^```repl (.+)\n([\s\S]*?)^```$/gm)) {
      const [whole, head, body] = block as unknown as [string, string, string];
      const lines = [...body.matchAll(/^(?:> |which\? )(.*)$/gm)].map(([, said]) => said!);
      parts.push(
        text.slice(from, block.index),
        `\`\`\`repl ${head}\n${await runTranscript(head, lines)}\`\`\``,
      );
      from = block.index! + whole.length;
    }
    assertGolden(new URL(`docs/${name}`, root), parts.join("") + text.slice(from));
  });
}

Deno.test("docs/track_record.json has every known mistake, with its words, and none was missed", () => {
  const words = (protocol: string, { name, title, upstream, lived }: Words): (string | undefined)[] => [
    protocol,
    name,
    title,
    upstream,
    lived,
  ];
  assertEquals(
    rows.map((row) => words(row.protocol, row)),
    protocols.flatMap(({ name, mistakes }) => mistakes.map((mistake) => words(name, mistake))),
    "out of date: run deno task bugs --write",
  );
  for (const { protocol, name, foundBy, missedBy } of rows) {
    assert(foundBy.length > 0 && missedBy.length === 0, `${protocol} ${name} was missed`);
  }
});

/** Why the real side of a protocol, or of one of its known mistakes, can not be run here. */
function missingOf({ scopes, mistakes }: Protocol): string | undefined {
  const targets = [
    ...Object.values(scopes).slice(0, 1).map((build) => build().target),
    ...mistakes.flatMap(({ target }) => target === undefined ? [] : [target()]),
  ];
  const missing = [...new Set(targets.flatMap((target) => target.probe().missing))];
  return missing.length === 0 ? undefined : missing.join("; ");
}

for (const protocol of protocols) {
  Deno.test({
    name:
      `docs/cases/${protocol.name} holds cases that still show their mistakes, and the correct side passes`,
    ...skipUnless(`docs/cases/${protocol.name}`, missingOf(protocol)),
    async fn() {
      for (const row of rows) {
        const path = casePath(row.protocol, row.name);
        if (row.protocol !== protocol.name || !row.reproduce.includes(path)) continue;
        const { mistake, ...correct } = parseCaseFile(read(path));
        const scope = protocol.scopes[correct.scope]!();
        const target = protocol.mistakes.find(({ name }) => name === row.name)!.target!();
        checkCase(scope.how ?? scope.what, correct);
        const found = await explain(sidesOf(scope, target), { ...correct, mistake: mistake! });
        assert(found.verdict.kind !== "agreed", `${row.name} is no longer found by its case`);
        assertEquals(found.case.commands.length, row.commands, `${row.name}: commands`);
        const { verdict, headline } = await explain(sidesOf(scope), correct);
        assertEquals(verdict.kind, "agreed", `${row.name}: the correct side fails too: ${headline}`);
      }
    },
  });
}

const missing = protocols.map(missingOf).find((reason) => reason !== undefined);

Deno.test({
  name: "README and gallery show the stored track record",
  ...skipUnless("README and gallery", missing),
  async fn() {
    for (const [path, text] of Object.entries(await documents(protocols, rows, read))) {
      assertGolden(new URL(path, root), text);
    }
  },
});

Deno.test("docs/pictures are what the protocols draw", () => {
  for (const [name, draw] of Object.entries(pictures)) {
    assertGolden(new URL(`docs/pictures/${name}`, root), svgFile(draw()));
  }
});

function markdownFiles(folder: string): string[] {
  return [...Deno.readDirSync(new URL(folder, root))].flatMap(({ name, isFile }) =>
    isFile && name.endsWith(".md") ? [`${folder}${name}`] : []
  );
}

Deno.test("README maps every package that its example imports for another project", () => {
  const readme = Deno.readTextFileSync(new URL("README.md", root));
  const [, example] = readme.match(/```ts\n([\s\S]*?)```/)!;
  const [, settings] = readme.match(/```json\n([\s\S]*?)```/)!;
  const names = [...example!.matchAll(/ from "(.*?)"/g)].map(([, name]) =>
    name === "./lockstep/mod.ts" ? "lockstep" : name!
  );
  assertEquals(Object.keys(JSON.parse(settings!).imports), names.toSorted());
});

Deno.test("README and docs link only to files that are there", () => {
  for (const page of ["README.md", ...markdownFiles("docs/"), ...markdownFiles("docs/findings/")]) {
    for (const [, target] of read(page).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)) {
      const there = Deno.lstatSync(new URL(target!, new URL(page, root)));
      assert(there.isFile || there.isDirectory, `${page} links to ${target}`);
    }
  }
});

Deno.test("repl reads its lines from a pipe and shows them after its prompt", async () => {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", new URL("main.ts", root).pathname, "repl", "lease-ring"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode("write 5\nreceive"));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  assertEquals(new TextDecoder().decode(stderr), "");
  const text = new TextDecoder().decode(stdout);
  assert(text.includes("> write 5\nwrite length=5 as=0 → written\n[1] start 0 end 5"), text);
  assert(text.includes("> receive\nreceive as=0 → received"), "the last line, which has no end, is lost");
  assertEquals(code, 0);
});
