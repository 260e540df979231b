import { assert, assertEquals } from "@std/assert";
import { skipUnless } from "../../ffi/skip_unless.ts";
import { delayedList } from "../../impl/page_flags/delayed_list.ts";
import { ownedBit } from "../../impl/page_flags/owned_bit.ts";
import type { PageFlagsScope } from "../../model/page_flags.ts";
import { type PageMistake, pageMistakes } from "./known.ts";
import { type LevelFinding, levelsOf, showsOnRealMemory } from "./levels.ts";
import { probeMemory } from "./target.ts";

const scope: PageFlagsScope = {
  threads: 2,
  blocks: 2,
  operations: ["malloc", "mallocAligned", "free", "usableSize", "allocateAll"],
};
const { ignore } = skipUnless("a page in shared memory", probeMemory().missing[0]);

/** Accesses of the shortest way to each level; the documentation has the same table. */
const expected: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  "lost-flag": { cause: 19, structure: 23, client: 20 },
  "plain-flags": {},
  "separate-flags": {},
  "racy-size": {},
  "unown-race": { structure: 14, client: 15 },
  "half-repair": { cause: 24, structure: 28, client: 25 },
  "shared-byte": { cause: 10, structure: 14, client: 18 },
  "early-free": { cause: 21, structure: 24, client: 26 },
  "early-collect": { structure: 26 },
};

/** Looked for once for both tests. */
const known = new Map<string, readonly LevelFinding[]>();
function found({ name, make }: PageMistake): readonly LevelFinding[] {
  const levels = known.get(name) ?? levelsOf(make(2), scope);
  known.set(name, levels);
  return levels;
}

Deno.test({
  name: "levelsOf has the shortest way to each level, and real memory shows the same in the same order",
  ignore,
  fn() {
    for (const mistake of pageMistakes) {
      const { name, make } = mistake;
      const lengths: Record<string, number> = {};
      for (const { level, commands } of found(mistake)) {
        lengths[level] = Math.min(lengths[level] ?? Infinity, commands.length);
      }
      assertEquals([name, lengths], [name, expected[name]]);
      for (const finding of found(mistake)) {
        assert(showsOnRealMemory(make(2), scope, finding), `${name}: ${finding.promise}`);
      }
    }
  },
});

Deno.test({
  name: "levelsOf finds nothing in correct algorithms, and showsOnRealMemory nothing before the last access",
  ignore,
  fn() {
    assertEquals([...levelsOf(ownedBit(2), scope), ...levelsOf(delayedList(2), scope)], []);
    for (const mistake of pageMistakes) {
      const { name, make } = mistake;
      for (const finding of found(mistake)) {
        const commands = finding.commands.slice(0, -1);
        assert(!showsOnRealMemory(make(2), scope, { ...finding, commands }), `${name}: ${finding.promise}`);
      }
    }
  },
});
