/**
 * A counterexample as JSON, with its schema: what other programs read.
 *
 * @module
 */
import { z } from "zod";
import type { Plain } from "../machine.ts";
import { type Counterexample, counterexampleVersion } from "./report_data.ts";
import { jsonText } from "./json_text.ts";

const plain = z.json() as unknown as z.ZodType<Plain>;
const count = z.int().min(0);
const tone = z.enum(["plain", "muted", "free", "busy", "lent", "done", "wrong"]);
const label = z.string().optional();

const mark = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("box"),
    x: z.number(),
    y: z.number(),
    width: z.number(),
    height: z.number(),
    tone,
    label,
    hatched: z.boolean().optional(),
  }),
  z.strictObject({
    kind: z.literal("line"),
    points: z.array(z.tuple([z.number(), z.number()])),
    tone,
    arrow: z.boolean().optional(),
    dashed: z.boolean().optional(),
  }),
  z.strictObject({
    kind: z.literal("arc"),
    x: z.number(),
    y: z.number(),
    innerRadius: z.number(),
    outerRadius: z.number(),
    from: z.number(),
    to: z.number(),
    tone,
    label,
    hatched: z.boolean().optional(),
  }),
  z.strictObject({
    kind: z.literal("text"),
    x: z.number(),
    y: z.number(),
    text: z.string(),
    anchor: z.enum(["start", "middle", "end"]).optional(),
    tone: tone.optional(),
    bold: z.boolean().optional(),
  }),
]);

const picture = z.strictObject({
  width: z.number().positive(),
  height: z.number().positive(),
  description: z.string(),
  marks: z.array(mark),
  bands: z.array(z.strictObject({ moment: count, y: z.number(), height: z.number().positive() })).optional(),
});

const command = z.looseObject({ kind: z.string() });

const caseFile = z.strictObject({
  lockstep: z.literal(1),
  protocol: z.string(),
  scope: z.string(),
  mistake: z.string().optional(),
  start: plain,
  commands: z.array(command),
});

const step = z.strictObject({
  actor: z.string(),
  action: z.string(),
  command: command.optional(),
  answer: z.string(),
  reply: plain.optional(),
  allowed: z.array(z.string()).optional(),
  state: plain.optional(),
  shown: z.string().optional(),
  changes: z.array(z.strictObject({
    path: z.string(),
    before: z.string().optional(),
    after: z.string().optional(),
  })),
  picture: picture.optional(),
  epilogue: z.boolean(),
  parted: z.boolean(),
});

const history = z.strictObject({
  threads: z.array(z.string()),
  operations: z.array(z.strictObject({
    thread: count,
    action: z.string(),
    answer: z.string().optional(),
    invokedAt: z.number(),
    returnedAt: z.number().optional(),
    placed: count.optional(),
  })),
  stuck: z.array(z.strictObject({ operation: count, reason: z.string() })),
});

const verdictKinds = [
  "agreed",
  "diverged",
  "diverged view",
  "violated",
  "hung",
  "crashed",
  "broken machine",
  "always",
  "everyStep",
  "leadsTo",
  "deadlock",
  "outside schema",
  "refusal",
  "impure",
  "symmetry",
  "independence",
  "refines",
  "not linearizable",
] as const satisfies readonly Counterexample["verdict"]["kind"][];

/** What a counterexample looks like: strict, so that a misspelt field is an error and not silence. */
export const counterexampleSchema: z.ZodType<Counterexample> = z.strictObject({
  version: z.literal(counterexampleVersion),
  headline: z.string(),
  promised: z.string(),
  happened: z.string(),
  verdict: z.strictObject({
    kind: z.enum(verdictKinds),
    machine: z.string(),
    property: z.string().optional(),
  }),
  target: z.string(),
  foundBy: z.enum(["explore", "refines", "lockstep", "tour", "race"]).optional(),
  case: caseFile,
  lanes: z.array(z.string()),
  initial: plain.optional(),
  initialShown: z.string().optional(),
  initialPicture: picture.optional(),
  timeline: picture.optional(),
  steps: z.array(step),
  loopsTo: count.optional(),
  history: history.optional(),
  replay: z.string().optional(),
  walk: z.string().optional(),
  minimality: z.string().optional(),
  confirmed: z.strictObject({ failed: count, runs: count }).optional(),
  environment: z.strictObject({ kernel: z.string(), deno: z.string(), cpu: z.string() }).optional(),
}) as unknown as z.ZodType<Counterexample>;

/** The schema as a JSON Schema document (draft 2020-12), as it is published in `docs/`. */
export function counterexampleJsonSchema(): string {
  const schema = z.toJSONSchema(counterexampleSchema, { unrepresentable: "any" });
  const titled = { title: "Lockstep counterexample", version: counterexampleVersion, ...schema };
  return `${JSON.stringify(titled, null, 2)}\n`;
}

/** The report as JSON text, one space deep. */
export function jsonReport(report: Counterexample): string {
  return `${jsonText(report, 1)}\n`;
}

/** A report that can not be used: one sentence says why. */
export class ReportError extends Error {
  /** Always "ReportError". */
  override readonly name = "ReportError";
}

/** Reads a report. @throws {ReportError} for anything that is not a report of this version. */
export function parseJsonReport(text: string): Counterexample {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw new ReportError(
      `Cannot read report: not JSON, ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  const version = typeof data === "object" && data !== null && "version" in data ? data.version : undefined;
  if (typeof version === "number" && version !== counterexampleVersion) {
    throw new ReportError(
      `Cannot read report: it is of version ${version}, this program reads version ${counterexampleVersion}`,
    );
  }
  const result = counterexampleSchema.safeParse(data);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw new ReportError(`Cannot read report: ${[...issue.path, issue.message].join(": ").slice(0, 300)}`);
}
