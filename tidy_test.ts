/**
 * The house rules that a machine can check.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { protocols } from "./props/protocols.ts";

const root = new URL(".", import.meta.url);

function* sources(folder: string): Generator<string> {
  let entries: Deno.DirEntry[];
  try {
    entries = [...Deno.readDirSync(new URL(`${folder}/`, root))];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  for (const entry of entries) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* sources(path);
    else if (entry.name.endsWith(".ts")) yield path;
  }
}

/** The local files that a file imports, as paths from the root, and the packages. */
function imports(path: string): { readonly local: string[]; readonly packages: string[] } {
  const text = Deno.readTextFileSync(new URL(path, root));
  // Examples in comments import too, but they are documentation, not architecture.
  const code = text.replace(/\/\*[\s\S]*?\*\//g, "");
  const local: string[] = [];
  const packages: string[] = [];
  for (
    const [, typed, specifier] of code.matchAll(/(?:import|export)(\s+type)?\b[^"';]*?from\s+"([^"]+)"/g)
  ) {
    if (specifier!.startsWith(".")) {
      const target = new URL(specifier!, new URL(path, root)).pathname.slice(root.pathname.length);
      local.push(typed === undefined ? target : `type ${target}`);
    } else packages.push(specifier!);
  }
  return { local, packages };
}

function isTest(path: string): boolean {
  return path.endsWith("_test.ts");
}

/** Imports from `folder` that lead to another room than the allowed ones. A type-only import may be allowed apart. */
function wrongArrows(
  folder: string,
  allowed: readonly string[],
  allowedTypes: readonly string[] = [],
): string[] {
  const wrong: string[] = [];
  for (const path of sources(folder)) {
    if (isTest(path)) continue;
    for (const target of imports(path).local) {
      const typeOnly = target.startsWith("type ");
      const room = (typeOnly ? target.slice(5) : target).split("/")[0]!;
      if (room === folder || allowed.includes(room) || (typeOnly && allowedTypes.includes(room))) continue;
      wrong.push(`${path} -> ${target}`);
    }
  }
  return wrong;
}

Deno.test("tidy: lockstep imports none of the other rooms", () => {
  assertEquals(wrongArrows("lockstep", ["std"]), []);
});

Deno.test("tidy: ffi imports nothing of ours", () => {
  assertEquals(wrongArrows("ffi", []), []);
});

Deno.test("tidy: model imports only the machine contract, and only its types", () => {
  assertEquals(wrongArrows("model", [], ["lockstep"]), []);
  for (const path of sources("model")) {
    if (isTest(path)) continue;
    assertEquals(imports(path).packages.filter((name) => name !== "zod"), [], path);
    for (const target of imports(path).local) {
      if (target.includes("lockstep/")) assertEquals(target, "type lockstep/machine.ts", path);
    }
  }
});

Deno.test("tidy: model is pure, without Deno, clock or randomness", () => {
  for (const path of sources("model")) {
    if (isTest(path)) continue;
    const code = Deno.readTextFileSync(new URL(path, root)).replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
    assertEquals(code.match(/\bDeno\.|\bDate\b|Math\.random|performance\./g) ?? [], [], path);
  }
});

Deno.test("tidy: impl imports ffi, and of model and lockstep only types", () => {
  assertEquals(wrongArrows("impl", ["ffi", "std"], ["model", "lockstep"]), []);
});

Deno.test("tidy: every protocol's mistakes have names of their own", () => {
  for (const { name, mistakes, scopes } of protocols) {
    const names = mistakes.map((mistake) => mistake.name);
    assertEquals(names.length, new Set(names).size, name);
    for (const mistake of mistakes) assertEquals(Object.hasOwn(scopes, mistake.scope), true, mistake.name);
  }
});
