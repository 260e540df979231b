/**
 * A case as a program: a test that can be pasted into a file and fails as long as the two sides disagree.
 *
 * @module
 */
import { counted } from "../counted.ts";
import type { CaseFile } from "../drive/case_file.ts";
import { visible } from "./phrase.ts";

const identifier = /^[A-Za-z_$][\w$]*$/;

/** Data as the TypeScript that builds it. Nothing in a string can end the string or hide from a reader. */
export function literal(data: unknown): string {
  if (typeof data === "string") {
    const quoted = JSON.stringify(data).replaceAll(
      /[\u007f-\u009f\u2028\u2029\p{Cf}\p{Cs}]/gu,
      (character) =>
        [...character].flatMap((part) =>
          Array.from(
            { length: part.length },
            (_, index) => `\\u${part.charCodeAt(index).toString(16).padStart(4, "0")}`,
          )
        ).join(""),
    );
    return quoted;
  }
  if (Array.isArray(data)) return `[${data.map(literal).join(", ")}]`;
  if (typeof data === "object" && data !== null) {
    const fields = Object.entries(data);
    if (fields.length === 0) return "{}";
    return `{ ${
      fields.map(([field, part]) => {
        const name = identifier.test(field) && field !== "__proto__"
          ? field
          : field === "__proto__"
          ? `["__proto__"]`
          : literal(field);
        return `${name}: ${literal(part)}`;
      }).join(", ")
    } }`;
  }
  return Object.is(data, -0) ? "0" : String(data);
}

/** What one must know about where the program will stand. */
export interface ProgramOptions {
  /** Module that exports `assertAgreed`. */
  readonly engine?: string;
  /** Module that exports the list `protocols`. */
  readonly protocols?: string;
}

/** The test as text. Replaying it needs no seed. */
export function programOf(file: CaseFile, options: ProgramOptions = {}): string {
  const { engine = "./lockstep/mod.ts", protocols = "./props/protocols.ts" } = options;
  const title = `${visible(file.protocol)} answers as its machine allows: ${
    counted(file.commands.length, "command")
  }`;
  const head = [
    "lockstep: 1",
    `protocol: ${literal(file.protocol)}`,
    `scope: ${literal(file.scope)}`,
    ...(file.mistake === undefined ? [] : [`mistake: ${literal(file.mistake)}`]),
    `start: ${literal(file.start)}`,
  ];
  return [
    `import { assertAgreed } from ${literal(engine)};`,
    `import { protocols } from ${literal(protocols)};`,
    "",
    `Deno.test(${literal(title)}, async () => {`,
    "  await assertAgreed(protocols, {",
    ...head.map((field) => `    ${field},`),
    "    commands: [",
    ...file.commands.map((command) => `      ${literal(command)},`),
    "    ],",
    "  });",
    "});",
    "",
  ].join("\n");
}
