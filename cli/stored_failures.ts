/**
 * Failures that were kept: replayed before anything else, forgotten after they have passed twice in a row.
 *
 * @module
 */
import type { ProtocolCheck } from "../lockstep/check/protocol_check.ts";
import { commandLines, explain, sidesOf, surroundings } from "../lockstep/check/sides.ts";
import { FailureStore, type Replayed, type StoredFailure } from "../lockstep/drive/failure_store.ts";
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

function complainOf(what: string, error: unknown): void {
  complain(`${what}: ${error instanceof Error ? error.message : String(error)}`);
}

/** Notes how a replay ended; a store that can not be written is told and costs nothing else. */
async function noted(store: FailureStore, path: string, failed: boolean): Promise<Replayed> {
  try {
    return await store.replayed(path, failed);
  } catch (error) {
    complainOf(`Cannot note how ${path} ended`, error);
    return failed ? "still fails" : "passed once";
  }
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
  let stored: readonly StoredFailure[] = [];
  try {
    stored = await store.load(({ scope }) => scopeOf(scope)?.how ?? scopeOf(scope)?.what);
  } catch (error) {
    complainOf(`Cannot read the stored failures of ${protocol.name}`, error);
  }
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
    const report = await explain(sidesOf(scope), file, {
      ...surroundings(scope),
      ...commandLines(protocol.name, path),
    });
    const failed = report.verdict.kind !== "agreed";
    const outcome = await noted(store, path, failed);
    outcomes.push({ path, outcome, ...(failed ? { counterexample: report } : {}) });
  }
  return outcomes;
}

/** A check whose divergences were kept, each with the command lines that replay its file. */
export interface KeptCheck {
  readonly result: ProtocolCheck;
  readonly kept: readonly string[];
}

/** Keeps every divergence of a check, and says where; a store that can not be written is told and costs nothing else. */
export async function keepDivergences(result: ProtocolCheck): Promise<KeptCheck> {
  const kept: string[] = [];
  const keep = async (divergence: Counterexample): Promise<Counterexample> => {
    try {
      const path = await new FailureStore(result.name).keep(divergence.case);
      kept.push(path);
      return { ...divergence, ...commandLines(result.name, path) };
    } catch (error) {
      complainOf("Cannot keep a failure", error);
      return divergence;
    }
  };
  const keepAll = async <Part extends { readonly divergences: readonly Counterexample[] }>(
    parts: readonly Part[],
  ): Promise<Part[]> => {
    const told: Part[] = [];
    for (const part of parts) {
      const divergences: Counterexample[] = [];
      for (const divergence of part.divergences) divergences.push(await keep(divergence));
      told.push({ ...part, divergences });
    }
    return told;
  };
  return {
    result: { ...result, scopes: await keepAll(result.scopes), tours: await keepAll(result.tours) },
    kept,
  };
}
