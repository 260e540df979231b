/**
 * A case as the text of a test, to be pasted into a test file: the commands are spelt out, no seed, no file.
 *
 * @module
 */
import type { CaseFile } from "./case_file.ts";

/** What the test imports, as module specifiers from where it will stand. */
export interface TestImports {
  /** The module and the name of the protocol definition. */
  readonly protocol: { readonly from: string; readonly name: string };
  /** The module of `assertAgreed`. */
  readonly lockstep: string;
  /** What the test promises: its name after the protocol. */
  readonly promise?: string;
}

/**
 * The text of a literal `Deno.test` that fails as long as the case does.
 *
 * Start and commands are written as JSON, which is TypeScript as well. The text is already formatted as far as short
 * commands allow.
 */
export function testText(file: CaseFile, imports: TestImports): string {
  const { protocol, scope, mistake, start, commands } = file;
  const { from, name } = imports.protocol;
  const promise = imports.promise ??
    `agrees on ${commands.length} ${commands.length === 1 ? "command" : "commands"}`;
  const fields = [
    `protocol: ${JSON.stringify(protocol)}`,
    `scope: ${JSON.stringify(scope)}`,
    ...(mistake === undefined ? [] : [`mistake: ${JSON.stringify(mistake)}`]),
    `start: ${JSON.stringify(start)}`,
  ];
  return [
    `import { assertAgreed } from ${JSON.stringify(imports.lockstep)};`,
    `import { ${name} } from ${JSON.stringify(from)};`,
    "",
    `Deno.test(${JSON.stringify(`${protocol} ${promise}`)}, async () => {`,
    `  await assertAgreed(${name}, {`,
    `    lockstep: ${file.lockstep},`,
    ...fields.map((field) => `    ${field},`),
    commands.length === 0 ? "    commands: []," : "    commands: [",
    ...commands.map((command) => `      ${literal(command)},`),
    ...(commands.length === 0 ? [] : ["    ],"]),
    "  });",
    "});",
    "",
  ].join("\n");
}

/** An object as the formatter would write it on one line. */
function literal(command: Readonly<Record<string, unknown>> | { readonly kind: string }): string {
  const fields = Object.entries(command).map(([field, value]) =>
    `${/^[A-Za-z_$][\w$]*$/.test(field) ? field : JSON.stringify(field)}: ${JSON.stringify(value)}`
  );
  return `{ ${fields.join(", ")} }`;
}
