import { assertEquals, assertStringIncludes } from "@std/assert";
import type { ProtocolCheck } from "../lockstep/check/protocol_check.ts";
import { type CaseFile, formatCaseFile } from "../lockstep/drive/case_file.ts";
import { leaseRingProtocol } from "../props/lease_ring.ts";
import { keepDivergences, replayStored } from "./stored_failures.ts";

/** A working directory of its own, removed with the object. */
class Workplace implements Disposable {
  readonly #before = Deno.cwd();
  readonly path = Deno.makeTempDirSync();

  constructor() {
    Deno.chdir(this.path);
  }

  [Symbol.dispose](): void {
    Deno.chdir(this.#before);
    Deno.removeSync(this.path, { recursive: true });
  }
}

const file: CaseFile = {
  lockstep: 1,
  protocol: "lease-ring",
  scope: "small",
  start: { offset: 0, sequence: 0 },
  commands: [{ kind: "drop" }],
};

/** A check result of which only the divergence is looked at. */
function diverged(): ProtocolCheck {
  const divergence = { case: file } as ProtocolCheck["scopes"][number]["divergences"][number];
  const driven = { divergences: [divergence] } as unknown as ProtocolCheck["scopes"][number];
  return {
    name: "lease-ring",
    explorations: [],
    refinements: [],
    scopes: [driven],
    tours: [],
    bugs: [],
    skipped: [],
    ok: false,
  };
}

Deno.test("keepDivergences keeps a case, says how to replay it, and replayStored forgets it after two passes", async () => {
  using _ = new Workplace();
  const { kept: [path], result } = await keepDivergences(diverged());
  const [divergence] = result.scopes[0]!.divergences;
  assertEquals(divergence!.walk, `deno task repl lease-ring ${path} --real`);
  assertEquals(divergence!.replay, `deno task replay ${path}`);
  assertEquals(Deno.readTextFileSync(path!), formatCaseFile(file));
  const outcomes = [];
  for (let round = 0; round < 3; round++) {
    outcomes.push((await replayStored(leaseRingProtocol)).map(({ outcome }) => outcome));
  }
  assertEquals(outcomes, [["passed once"], ["removed"], []]);
});

Deno.test("replayStored explains what still fails, and leaves what it can not use where it is", async () => {
  using _ = new Workplace();
  Deno.mkdirSync(".lockstep/failures/lease-ring", { recursive: true });
  const folder = ".lockstep/failures/lease-ring";
  Deno.writeTextFileSync(`${folder}/a.json`, formatCaseFile({ ...file, scope: "gone" }));
  Deno.writeTextFileSync(`${folder}/b.json`, formatCaseFile({ ...file, commands: [{ kind: "dropp" }] }));
  const eager = leaseRingProtocol.mistakes.find(({ name }) => name === "eager-start")!;
  const mistaken = {
    ...leaseRingProtocol,
    scopes: {
      small: () => ({ ...leaseRingProtocol.scopes["small"]!(), target: eager.target!() }),
    },
  };
  const commands = [
    { kind: "write", length: 1, as: 0 },
    { kind: "receive", as: 0 },
    { kind: "write", length: 11, as: 1 },
  ];
  Deno.writeTextFileSync(`${folder}/c.json`, formatCaseFile({ ...file, commands }));
  const [gone, changed, failing] = await replayStored(mistaken);
  assertEquals([gone!.outcome, changed!.outcome, failing!.outcome], ["unusable", "unusable", "still fails"]);
  assertStringIncludes(gone!.reason!, "has no scope gone any more");
  assertStringIncludes(changed!.reason!, "the protocol has changed");
  assertEquals(failing!.counterexample?.verdict.kind, "diverged");
  assertEquals([...Deno.readDirSync(folder)].length, 3);
});

Deno.test("keepDivergences complains and goes on where nothing can be written", async () => {
  using _ = new Workplace();
  Deno.writeTextFileSync(".lockstep", "a file where a folder should be");
  assertEquals((await keepDivergences(diverged())).kept, []);
});

Deno.test("replayStored complains and goes on where nothing can be read or noted", async () => {
  using _ = new Workplace();
  Deno.writeTextFileSync(".lockstep", "a file where a folder should be");
  assertEquals(await replayStored(leaseRingProtocol), []);
  Deno.removeSync(".lockstep");
  const folder = ".lockstep/failures/lease-ring";
  // A folder in the place where the passes are counted.
  Deno.mkdirSync(`${folder}/a.passes`, { recursive: true });
  Deno.writeTextFileSync(`${folder}/a.json`, formatCaseFile(file));
  assertEquals((await replayStored(leaseRingProtocol)).map(({ outcome }) => outcome), ["passed once"]);
});
