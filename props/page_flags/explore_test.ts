import { assert, assertEquals } from "@std/assert";
import { delayedList } from "../../impl/page_flags/delayed_list.ts";
import { ownedBit, XTHREAD_ID } from "../../impl/page_flags/owned_bit.ts";
import { separateBytes } from "../../impl/page_flags/separate_bytes.ts";
import { explore, refines } from "../../lockstep/explore/mod.ts";
import { rc11 } from "../../model/memory/rc11.ts";
import { sc } from "../../model/memory/sc.ts";
import { tso } from "../../model/memory/tso.ts";
import type { PageFlagsScope } from "../../model/page_flags.ts";
import { pageFlags } from "../../model/page_flags.ts";
import { pageC11Machine } from "./c11_machine.ts";
import { pageMistakes } from "./known.ts";
import { pageMechanism } from "./machine.ts";
import { searchScript } from "./script_search.ts";
import { pageViewsMachine } from "./views_machine.ts";
import { handOverScript, lostFlagScript, sizeScript } from "./scripts.ts";

const two: PageFlagsScope = {
  threads: 2,
  blocks: 2,
  operations: ["malloc", "mallocAligned", "free", "allocateAll"],
};
const three: PageFlagsScope = { ...two, threads: 3 };
const repaired = [ownedBit, delayedList, separateBytes];
const scripts = [handOverScript, sizeScript, lostFlagScript];

Deno.test("pageFlags reaches every promised situation and breaks no promise", () => {
  const scope: PageFlagsScope = { ...three, operations: [...three.operations, "usableSize"] };
  const { violations, vacuous, exhausted } = explore(pageFlags(scope));
  assertEquals({ violations, vacuous, exhausted }, { violations: [], vacuous: [], exhausted: true });
});

Deno.test("ownedBit orders its accesses to the owner's word as mimalloc does, none more strongly", () => {
  const { phases } = ownedBit(2);
  const found = Object.entries(phases).flatMap(([name, phase]) => {
    const { access } = phase({ thread: 1, local: 0 }, 2, 2, 2, 2);
    return "location" in access && access.location === XTHREAD_ID ? [[name, access.order]] : [];
  });
  // Only what hands a page on releases; a caller's flag reaches whoever frees by the hand-over of the pointer.
  assertEquals(Object.fromEntries(found), {
    setFlag: "relaxed",
    abandonLoad: "relaxed",
    abandonPublish: "release",
    reclaimLoad: "relaxed",
    reclaimPublish: "release",
    freeLoad: "relaxed",
    usableLoad: "relaxed",
  });
});

Deno.test("pageMechanism of the repaired versions keeps every promise and refines pageFlags under sc", () => {
  for (const [scope, makes] of [[two, repaired], [three, [ownedBit, delayedList]]] as const) {
    for (const make of makes) {
      const mechanism = pageMechanism(make(scope.blocks), scope, sc);
      const { violations, vacuous, exhausted } = explore(mechanism);
      assertEquals({ violations, vacuous, exhausted }, { violations: [], vacuous: [], exhausted: true });
      const refinement = refines(mechanism, pageFlags(scope));
      assertEquals(refinement.violations, []);
      assert(refinement.exhausted);
    }
  }
});

Deno.test("pageMechanism of the repaired versions keeps every promise and refines pageFlags under tso", () => {
  for (const make of [ownedBit, delayedList]) {
    const mechanism = pageMechanism(make(two.blocks), two, tso);
    const { violations, cuts } = explore(mechanism);
    assertEquals(violations, []);
    // Plain stores of a thread that never needs a lock pile up for ever: the bound on its buffer is the only one.
    assertEquals(cuts.map(({ reason }) => reason), ["a store buffer holds more than 5 stores"]);
    assertEquals(refines(mechanism, pageFlags(two)).violations, []);
  }
});

Deno.test("pageMechanism of the repaired versions has no race and no broken answer in bounded clients under rc11", () => {
  for (const make of repaired) {
    for (const script of scripts) {
      const { race, broken, bounded } = searchScript(make(2), script, rc11);
      assertEquals({ race, broken, bounded }, { race: undefined, broken: undefined, bounded: false });
    }
  }
});

Deno.test("searchScript allows under sc no more than under tso, and there no more than under rc11", () => {
  for (const make of repaired) {
    for (const script of scripts) {
      const [strong, middle, weak] = [
        searchScript(make(2), script, sc).outcomes,
        searchScript(make(2), script, tso).outcomes,
        searchScript(make(2), script, rc11).outcomes,
      ];
      assert(strong.size > 1);
      assertEquals([...strong.difference(middle)], []);
      assertEquals([...middle.difference(weak)], []);
    }
  }
});

Deno.test("pageMistakes break promises about words, and answers, exactly as they say", () => {
  for (const mistake of pageMistakes) {
    const mechanism = pageMechanism(mistake.make(2), two, sc);
    const words = explore(mechanism, { stopAtFirst: true }).violations.length > 0;
    const client = refines(mechanism, pageFlags(two), { stopAtFirst: true }).violations.length > 0;
    assertEquals({ name: mistake.name, words, client }, {
      name: mistake.name,
      words: mistake.words,
      client: mistake.client,
    });
  }
});

Deno.test("pageMistakes race under rc11 exactly as they say", () => {
  for (const mistake of pageMistakes) {
    const raced = scripts.some((script) => searchScript(mistake.make(2), script, rc11).race !== undefined);
    assertEquals([mistake.name, raced], [mistake.name, mistake.races !== undefined]);
    if (mistake.races !== undefined) {
      assert(searchScript(mistake.make(2), mistake.races, rc11).race !== undefined);
    }
  }
});

Deno.test("pageC11Machine of the repaired versions has no race and refines pageFlags, for clients of few calls", () => {
  for (const [scope, calls] of [[two, 3], [three, 2]] as const) {
    for (const make of repaired) {
      const mechanism = pageC11Machine(make(scope.blocks), scope, calls);
      const { violations, cuts } = explore(mechanism);
      assertEquals(violations, []);
      // The budget is the only bound: no thread makes so many accesses that its graph is full.
      assertEquals(cuts.map(({ reason }) => reason), [`the client has made ${calls} calls`]);
      assertEquals(refines(mechanism, pageFlags(scope)).violations, []);
    }
  }
});

Deno.test("pageC11Machine finds the race of every mistake that races, in as many steps as on real memory at most", () => {
  const scope: PageFlagsScope = { ...two, operations: [...two.operations, "usableSize"] };
  for (const { name, make, races } of pageMistakes) {
    const { violations } = explore(pageC11Machine(make(2), scope, 3), { stopAtFirst: true });
    assertEquals([name, violations.length > 0], [name, races !== undefined]);
    if (violations.length > 0) assert(violations[0]!.trace.steps.length <= 9);
  }
});

Deno.test("pageViewsMachine of the repaired versions has no race and refines pageFlags, for clients that call for ever", () => {
  for (const [scope, makes] of [[two, repaired], [three, [ownedBit]]] as const) {
    for (const make of makes) {
      const mechanism = pageViewsMachine(make(scope.blocks), scope, 3);
      const { violations, vacuous, cuts } = explore(mechanism);
      assertEquals({ violations, vacuous }, { violations: [], vacuous: [] });
      assertEquals(cuts.map(({ reason }) => reason), ["more than 3 values of one word may still be read"]);
      assertEquals(refines(mechanism, pageFlags(scope)).violations, []);
    }
  }
});

Deno.test("pageC11Machine says bounded when a client could go on", () => {
  const { exhausted, cuts } = explore(pageC11Machine(ownedBit(2), two, 1));
  assertEquals([exhausted, cuts.length], [false, 1]);
});

Deno.test("the lost flag shows at three levels, each with a shortest trace, the same under sc and tso", () => {
  const lost = pageMistakes.find(({ name }) => name === "lost-flag")!;
  for (const model of [sc, tso] as const) {
    const mechanism = model === sc
      ? pageMechanism(lost.make(2), two, sc)
      : pageMechanism(lost.make(2), two, tso);
    const found = explore(mechanism as ReturnType<typeof pageMechanism<unknown>>, { maximumDepth: 24 });
    const lengths = Object.fromEntries(
      found.violations.map(({ property, trace }) => [property.split(":")[0]!, trace.steps.length]),
    );
    assertEquals(lengths, { cause: 19, structure: 23 });
    const seen = refines(mechanism as ReturnType<typeof pageMechanism<unknown>>, pageFlags(two), {
      stopAtFirst: true,
    });
    assertEquals(seen.violations.map(({ trace }) => trace.steps.length), [24]);
  }
});

Deno.test("the lost flag is no data race: no detector of races can see it before a block is handed out wrongly", () => {
  const lost = pageMistakes.find(({ name }) => name === "lost-flag")!;
  const { violations } = explore(pageViewsMachine(lost.make(2), two, 3), { maximumDepth: 26 });
  assertEquals(violations, []);
  const { race, broken } = searchScript(lost.make(2), lostFlagScript, rc11);
  assertEquals(race, undefined);
  assertEquals(broken?.answer, 5);
});
