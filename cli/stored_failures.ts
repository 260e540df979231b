/**
 * Failures that were kept: replayed before anything else, forgotten after they have passed twice in a row.
 *
 * @module
 */
import type { ProtocolCheck } from "../lockstep/check/check_protocol.ts";
import { explain, sidesOf } from "../lockstep/check/sides.ts";
import { FailureStore, type Replayed } from "../lockstep/drive/failure_store.ts";
import type { Protocol, Scope } from "../lockstep/protocol.ts";
import type { Counterexample } from "../lockstep/report/counterexample.ts";
import { complain, stage } from "./output.ts";

/** What became of one stored failure. */
export interface StoredOutcome {
  readonly path: string;
  readonly outcome: Replayed | "unusable" | "skipped";
  /** Why it could not be replayed. */
  readonly reason?: string;
  /** How it fails, when it still does. */
  readonly counterexample?: Counterexample;
}

/** Replays the stored failures of a protocol. What can not be replayed is left where it is, and told. */
export async function replayStored(protocol: Protocol): Promise<readonly StoredOutcome[]> {
  const store = new FailureStore(protocol.name);
  const scopes = new Map<string, Scope>();
  const scopeOf = (name: string): Scope | undefined => {
    if (!scopes.has(name) && Object.hasOwn(protocol.scopes, name)) scopes.set(name, protocol.scopes[name]!());
    return scopes.get(name);
  };
  const outcomes: StoredOutcome[] = [];
  const stored = await store.load(({ scope }) => scopeOf(scope)?.how ?? scopeOf(scope)?.what);
  if (stored.length > 0) stage(`${protocol.name}: replaying ${stored.length} stored failures`);
  for (const failure of stored) {
    if (failure.kind === "unusable") {
      outcomes.push({ path: failure.path, outcome: "unusable", reason: failure.reason });
      continue;
    }
    const { path, file } = failure;
    const scope = scopeOf(file.scope)!;
    const { missing } = scope.target.probe();
    if (missing.length > 0) {
      outcomes.push({ path, outcome: "skipped", reason: missing.join("; ") });
      continue;
    }
    const report = await explain(sidesOf(scope), file, { replay: `deno task replay ${path}` });
    const failed = report.verdict.kind !== "agreed";
    const outcome = await store.replayed(path, failed);
    outcomes.push({ path, outcome, ...(failed ? { counterexample: report } : {}) });
  }
  return outcomes;
}

/** Keeps every divergence of a check, and says where; a store that can not be written is told and costs nothing else. */
export async function keepDivergences(result: ProtocolCheck): Promise<readonly string[]> {
  const divergences = [...result.scopes, ...result.tours]
    .flatMap(({ divergences }) => divergences);
  if (divergences.length === 0) return [];
  const store = new FailureStore(result.name);
  const paths: string[] = [];
  for (const { case: file } of divergences) {
    if (file === undefined) continue;
    try {
      paths.push(await store.keep(file));
    } catch (error) {
      complain(`Cannot keep a failure: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return paths;
}
