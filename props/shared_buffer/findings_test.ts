import { assert, assertEquals } from "@std/assert";
import { skipUnless } from "../../ffi/skip_unless.ts";
import { listed, type Run, runCase } from "../../lockstep/drive/run_case.ts";
import { kernelFindings } from "./findings.ts";
import { sharedBufferProtocol } from "../shared_buffer.ts";

const scope = sharedBufferProtocol.scopes["driven"]!();
const { missing } = scope.target.probe();
const { ignore } = skipUnless("kernel findings", missing[0]);

for (const { name, observed } of kernelFindings) {
  Deno.test({
    name: `kernelFindings observes ${name} on this kernel, and the models know it`,
    ignore,
    fn: () => {
      const sides = {
        walked: scope.how!,
        also: [scope.what],
        target: scope.target,
        walk: { labels: {} },
        limits: { maximumStates: 16, maximumTicks: 1_000 },
        invariants: true,
      };
      const run = runCase(sides, null, () => listed(observed.map(([command]) => command)));
      assert(!(run instanceof Promise));
      const heard = (run as Run).heard.map((answer) => answer.kind === "replied" ? answer.reply : answer);
      assertEquals(heard, observed.map(([, reply]) => reply));
      assertEquals(run.verdict, { kind: "agreed" });
    },
  });
}

Deno.test("kernelFindings has a page for each finding, with every command of its case", () => {
  for (const { name, title, observed } of kernelFindings) {
    const page = Deno.readTextFileSync(new URL(`../../docs/findings/${name}.md`, import.meta.url));
    assert(page.toLowerCase().startsWith(`# ${title.toLowerCase()}`), name);
    for (const [command] of observed) assert(page.includes(JSON.stringify(command)), JSON.stringify(command));
  }
});
