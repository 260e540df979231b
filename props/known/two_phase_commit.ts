/**
 * Two-phase commit: resource managers prepare, a transaction manager collects their messages and decides.
 *
 * The published model is Lamport's `TwoPhase.tla` (Gray and Lamport, "Consensus on Transaction Commit"); with N
 * managers it has 2^N + 4^N + 6^N states. Messages are never lost and stay in the channel for ever.
 *
 * @see https://github.com/tlaplus/Examples/blob/master/specifications/transaction_commit/TwoPhase.tla
 *
 * @module
 */
import { z } from "zod";
import type { DeepReadonly, Machine, MachineSchema, Permutation } from "../../lockstep/machine.ts";

/** Who has promised what, and which messages are in the channel. */
export interface TwoPhaseState {
  managers: ("working" | "prepared" | "committed" | "aborted")[];
  decision: "none" | "commit" | "abort";
  heard: boolean[];
  sent: boolean[];
  commitSent: boolean;
  abortSent: boolean;
}

/** One action of the transaction manager or of one resource manager. */
export type TwoPhaseCommand =
  | { readonly kind: "decideCommit" | "decideAbort" }
  | {
    readonly kind: "hearPrepared" | "prepare" | "giveUp" | "hearCommit" | "hearAbort";
    readonly manager: number;
  };

function schemas(managers: number): MachineSchema<TwoPhaseState, TwoPhaseCommand, null, null, never> {
  const manager = z.int().min(0).max(managers - 1);
  return {
    state: z.strictObject({
      managers: z.array(z.enum(["working", "prepared", "committed", "aborted"])).length(managers),
      decision: z.enum(["none", "commit", "abort"]),
      heard: z.array(z.boolean()).length(managers),
      sent: z.array(z.boolean()).length(managers),
      commitSent: z.boolean(),
      abortSent: z.boolean(),
    }),
    command: z.union([
      z.strictObject({ kind: z.enum(["decideCommit", "decideAbort"]) }),
      z.strictObject({
        kind: z.enum(["hearPrepared", "prepare", "giveUp", "hearCommit", "hearAbort"]),
        manager,
      }),
    ]),
    reply: z.null(),
    start: z.null(),
  };
}

/** How far a manager has come, as a number that orders whole columns. */
function rank(state: DeepReadonly<TwoPhaseState>, manager: number): number {
  const own = ["working", "prepared", "committed", "aborted"].indexOf(state.managers[manager]!);
  return own * 4 + (state.heard[manager] ? 2 : 0) + (state.sent[manager] ? 1 : 0);
}

/** Sorts the managers by their columns: they refer to each other through nothing else. */
function sortManagers(state: TwoPhaseState): Permutation {
  const permutation = state.managers.map((_, manager) => manager);
  permutation.sort((one, other) => rank(state, one) - rank(state, other) || one - other);
  const { managers, heard, sent } = state;
  state.managers = permutation.map((manager) => managers[manager]!);
  state.heard = permutation.map((manager) => heard[manager]!);
  state.sent = permutation.map((manager) => sent[manager]!);
  return permutation;
}

/** In how many orders the managers' columns can stand: n! over the orders within each group of equal columns. */
function orders(state: DeepReadonly<TwoPhaseState>): number {
  const equalSoFar = new Map<number, number>();
  let count = 1;
  state.managers.forEach((_, manager) => {
    const column = rank(state, manager);
    const equal = (equalSoFar.get(column) ?? 0) + 1;
    equalSoFar.set(column, equal);
    count = count * (manager + 1) / equal;
  });
  return count;
}

/** The protocol with some resource managers; with `symmetric`, explored up to their order. */
export function twoPhaseCommit(
  managers: number,
  { symmetric = false }: { readonly symmetric?: boolean } = {},
): Machine<TwoPhaseState, TwoPhaseCommand, null> {
  const each = Array.from({ length: managers }, (_, manager) => manager);
  const kinds = ["hearPrepared", "prepare", "giveUp", "hearCommit", "hearAbort"] as const;
  return {
    name: `two-phase-commit-${managers}`,
    schema: schemas(managers),
    starts: [null],
    commands: [
      { kind: "decideCommit" },
      { kind: "decideAbort" },
      ...each.flatMap((manager) => kinds.map((kind) => ({ kind, manager }))),
    ],
    initial: () => ({
      managers: each.map(() => "working" as const),
      decision: "none",
      heard: each.map(() => false),
      sent: each.map(() => false),
      commitSent: false,
      abortSent: false,
    }),
    step(state, command) {
      switch (command.kind) {
        case "decideCommit":
          if (state.decision !== "none" || state.heard.includes(false)) return undefined;
          state.decision = "commit";
          state.commitSent = true;
          return null;
        case "decideAbort":
          if (state.decision !== "none") return undefined;
          state.decision = "abort";
          state.abortSent = true;
          return null;
        case "hearPrepared":
          if (state.decision !== "none" || !state.sent[command.manager]) return undefined;
          state.heard[command.manager] = true;
          return null;
        case "prepare":
          if (state.managers[command.manager] !== "working") return undefined;
          state.managers[command.manager] = "prepared";
          state.sent[command.manager] = true;
          return null;
        case "giveUp":
          if (state.managers[command.manager] !== "working") return undefined;
          state.managers[command.manager] = "aborted";
          return null;
        case "hearCommit":
          if (!state.commitSent) return undefined;
          state.managers[command.manager] = "committed";
          return null;
        case "hearAbort":
          if (!state.abortSent) return undefined;
          state.managers[command.manager] = "aborted";
          return null;
      }
    },
    always: {
      "nobody commits while another aborts": (state) =>
        !(state.managers.includes("committed") && state.managers.includes("aborted")),
    },
    sometimes: {
      "all have committed": (state) => state.managers.every((manager) => manager === "committed"),
      "all have aborted": (state) => state.managers.every((manager) => manager === "aborted"),
    },
    ...(symmetric ? { canonical: sortManagers, classSize: orders } : {}),
    actor: (command) => "manager" in command ? `manager ${command.manager}` : "transaction manager",
  };
}
