import { assertEquals, assertStringIncludes } from "@std/assert";
import { stripAnsiCode } from "@std/colors";
import { explain, sidesOf } from "../check/sides.ts";
import { type Face, faces } from "./faces.ts";
import { parseJsonReport } from "./json.ts";
import { ticketCase, ticketProtocol } from "./sample_for_test.ts";

/** The report of a subject that answers the first command with `answer`. */
function reportOf(answer: unknown): ReturnType<typeof explain> {
  const scope = Object.values(ticketProtocol.scopes)[0]!();
  const target = {
    ...scope.target,
    open: () => ({ perform: () => answer, [Symbol.dispose]: () => {} }),
  } as typeof scope.target;
  return explain(sidesOf(scope, target), ticketCase);
}

Deno.test("a report tells a bigint or a string from the number that was allowed", async () => {
  for (
    const [answer, shown] of [[4n, "with 4n;"], ["4", 'with "4";'], [{ n: true }, "with {n=true};"]] as const
  ) {
    assertStringIncludes(stripAnsiCode(faces.terminal(await reportOf(answer))).replaceAll("\n", " "), shown);
  }
  assertStringIncludes(stripAnsiCode(faces.terminal(await reportOf({ n: "true" }))), '{n="true"}');
});

Deno.test("every face of a report shows answers that JSON does not know", async () => {
  for (const answer of [4n, { kind: "ticket", number: 2n ** 64n }, NaN, Symbol("odd"), () => 1, undefined]) {
    const report = await reportOf(answer);
    for (const face of Object.keys(faces) as Face[]) assertEquals(typeof faces[face](report), "string", face);
    assertEquals(parseJsonReport(faces.json(report)).verdict.kind, "diverged");
  }
});
