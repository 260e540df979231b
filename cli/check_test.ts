import { assertEquals, assertStringIncludes } from "@std/assert";
import { checkProtocol } from "../lockstep/check/check_protocol.ts";
import { asTarget } from "../lockstep/drive/as_target.ts";
import type { Protocol } from "../lockstep/protocol.ts";
import { leaseRingProtocol } from "../props/lease_ring.ts";
import { checkText, totalsText } from "./check.ts";

const tiny = leaseRingProtocol.scopes["tiny"]!();

/** The tiny ring, driven on a machine, so that nothing here depends on a kernel. */
function protocolOf(driven: typeof tiny): Protocol {
  return { ...leaseRingProtocol, mistakes: [], scopes: { tiny: () => ({ ...driven, use: ["lockstep"] }) } };
}

const options = { cases: 50, commandsPerCase: 30, seed: 1, maximumMs: 10_000 };

Deno.test("totalsText adds up what was searched, driven and found", async () => {
  const driven = protocolOf({ ...tiny, target: asTarget(tiny.how!), walk: { labels: {} } });
  const result = await checkProtocol(driven, options);
  const commands = result.scopes[0]!.commands.toLocaleString("en-US");
  assertEquals(
    totalsText([result]),
    `0 states explored, ${commands} commands against the real side, 0 of 0 known mistakes found`,
  );
});

Deno.test("checkText shows the problems of a walk, and they are not well", async () => {
  const walk = { labels: {}, propose: () => ({ kind: "nonsense" }) };
  const result = await checkProtocol(
    protocolOf({ ...tiny, target: asTarget(tiny.how!), walk: walk as typeof tiny.walk }),
    options,
  );
  assertEquals(result.ok, false);
  assertStringIncludes(checkText(result), "problem: Cannot use a proposal for ring-offsets");
});

Deno.test("checkText shows the other failures that were met while the first was certified", async () => {
  const real = asTarget(tiny.how!);
  const broken: typeof tiny.target = {
    ...real,
    open: (start: unknown) => {
      const subject = real.open(start);
      return {
        perform: (command, budget) => {
          if (command.kind === "drop") throw new Error("no dropping");
          return command.kind === "release" ? "never" : subject.perform(command, budget);
        },
        [Symbol.dispose]() {},
      };
    },
  };
  // The walk never drops: only the search for shorter cases meets the second failure.
  const walk = { labels: {}, weights: { drop: 0 } };
  const result = await checkProtocol(protocolOf({ ...tiny, target: broken, walk }), options);
  assertEquals(result.scopes[0]!.divergences.map(({ verdict }) => verdict.kind), ["diverged", "crashed"]);
  assertStringIncludes(checkText(result), "another way to fail, met while the first was certified");
});

Deno.test("checkText counts the labels that were reached, also where driving was stopped", async () => {
  const walk = { labels: { "anything": () => true, "nothing": () => false } };
  let asked = 0;
  const signal = {
    get aborted() {
      return asked++ > 0;
    },
  };
  const driven = protocolOf({ ...tiny, target: asTarget(tiny.how!), walk });
  const text = checkText(await checkProtocol(driven, { ...options, signal }));
  assertStringIncludes(text, "0 cases, 0 commands, 0 of 2 labels reached");
});

Deno.test("checkText says what was performed, how often each label was reached, and what shrinking took", async () => {
  const walk = { labels: { "anything": () => true }, weights: { drop: 0 } };
  const agreed = await checkProtocol(
    protocolOf({ ...tiny, target: asTarget(tiny.how!), walk }),
    options,
  );
  const [driven] = agreed.scopes;
  assertEquals(
    Object.values(driven!.performed).reduce((sum, number) => sum + number),
    driven!.commands,
  );
  assertEquals([driven!.performed["drop"], driven!.labels, driven!.shrinking], [
    0,
    { anything: 50 },
    undefined,
  ]);
  const text = checkText(agreed);
  assertStringIncludes(text, `write ${driven!.performed["write"]}`);
  assertStringIncludes(text, "% of the draws were not possible");
  assertStringIncludes(text, "reached: anything (50 cases)");
  const real = asTarget(tiny.how!);
  const silent: typeof tiny.target = {
    ...real,
    open: (start: unknown) => ({ ...real.open(start), perform: () => "never" }),
  };
  const diverged = await checkProtocol(protocolOf({ ...tiny, target: silent, walk }), options);
  assertStringIncludes(checkText(diverged), `shrunk in ${diverged.scopes[0]!.shrinking!.runs} runs`);
});
