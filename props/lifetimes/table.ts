/**
 * The lifetime table: what the kernel has answered beside what the model says.
 *
 * @module
 */
import { type LifetimeClass, lifetimeClasses } from "../../model/buffer_ownership/lifetime_class.ts";
import { type Finding, findLifetime, pointersOf } from "./experiment.ts";
import { triedOperations } from "./operations.ts";

/** One pointer of one operation. */
export interface LifetimeRow extends Finding {
  /** What the model says. */
  readonly model: LifetimeClass;
  readonly agrees: boolean;
}

/** The table of one kernel. */
export interface LifetimeTable {
  /** Release of the kernel that was asked. */
  readonly kernel: string;
  readonly rows: readonly LifetimeRow[];
}

/** Makes every experiment on the running kernel. @throws {EnvironmentError} without io_uring */
export function lifetimeTable(): LifetimeTable {
  const rows = triedOperations.flatMap((tried) =>
    pointersOf(tried).map((pointer): LifetimeRow => {
      const finding = findLifetime(tried, pointer);
      const model = lifetimeClasses[tried.operation.split(" ")[0]!]![pointer]!;
      return { ...finding, model, agrees: finding.verdict === model };
    })
  );
  return { kernel: Deno.osRelease(), rows };
}

/** The table as JSON, as `docs/lifetimes.json` holds it. */
export function lifetimeJson(table: LifetimeTable): string {
  return `${JSON.stringify(table, null, 2)}\n`;
}

/** The table as a Markdown page. */
export function lifetimePage(table: LifetimeTable): string {
  const lines = table.rows.map(({ operation, pointer, verdict, evidence, harmless, agrees }) =>
    `| ${operation} | ${pointer} | ${verdict.replaceAll("-", " ")} | ${evidence} | ${harmless ?? ""} | ${
      agrees ? "yes" : "**no**"
    } |`
  );
  return `<!-- deno-fmt-ignore-file -->

# What must live until when

Written by \`deno task lifetimes --write\` on Linux ${table.kernel}. Each row is an experiment: a request is submitted behind
the read of a pipe, so that its entry is fetched but not carried out; the memory behind one pointer is unmapped or
changed at one moment; the outcome is compared with an undisturbed run.

- *until submit*: once the kernel has fetched the entry, which may be later than the return of \`io_uring_enter\`
  (after a short submit, or with a polling thread).
- *until completion*: until the request's last completion has been seen. A cancel's own completion ends nothing.
- *until notification*: until the completion with \`IORING_CQE_F_NOTIF\`.

| Operation | Pointer | Must live | The last disturbance that mattered | One that did not | Model agrees |
|---|---|---|---|---|---|
${lines.join("\n")}
`;
}
