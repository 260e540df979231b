/**
 * Small machines for the tests of the engine: one with handles and a free answer, one whose freedom is hidden.
 *
 * @module
 */
import { z } from "zod";
import type { Machine } from "../machine.ts";

/** A command of the desk. */
export type DeskCommand =
  | { readonly kind: "open"; readonly as: number }
  | { readonly kind: "use"; readonly ticket: number; readonly amount: number }
  | { readonly kind: "close"; readonly ticket: number }
  | { readonly kind: "total" };

/** An answer of the desk. */
export type DeskReply = { readonly kind: "done" | "busy" } | {
  readonly kind: "total";
  readonly total: number;
};

/** State of the desk. */
export interface DeskState {
  open: boolean[];
  total: number;
}

const ticket = z.int().min(0).max(2);

/**
 * A desk with three tickets. Using one adds an amount to the total, or is answered "busy" and adds nothing: the desk
 * is free to say so. `ordinary` = without the freedom.
 */
export function desk(freedom: "free" | "ordinary"): Machine<DeskState, DeskCommand, DeskReply, null, number> {
  return {
    name: `desk (${freedom})`,
    schema: {
      state: z.strictObject({ open: z.array(z.boolean()).length(3), total: z.int().min(0).max(1_000_000) }),
      command: z.discriminatedUnion("kind", [
        z.strictObject({ kind: z.literal("open"), as: ticket.meta({ creates: "ticket" }) }),
        z.strictObject({
          kind: z.literal("use"),
          ticket: ticket.meta({ refersTo: "ticket" }),
          amount: z.int().min(1).max(9),
        }),
        z.strictObject({ kind: z.literal("close"), ticket: ticket.meta({ refersTo: "ticket" }) }),
        z.strictObject({ kind: z.literal("total") }),
      ]),
      reply: z.union([
        z.strictObject({ kind: z.enum(["done", "busy"]) }),
        z.strictObject({ kind: z.literal("total"), total: z.int() }),
      ]),
      start: z.null(),
      view: z.int(),
    },
    starts: [null],
    commands: [
      { kind: "total" },
      ...[0, 1, 2].map((as) => ({ kind: "open", as }) as const),
      ...[1, 2, 5, 9].flatMap((amount) =>
        [0, 1, 2].map((ticket) => ({ kind: "use", ticket, amount }) as const)
      ),
      ...[0, 1, 2].map((ticket) => ({ kind: "close", ticket }) as const),
    ],
    initial: () => ({ open: [false, false, false], total: 0 }),
    step(state, command, world) {
      switch (command.kind) {
        case "open":
          if (state.open.indexOf(false) !== command.as) return undefined;
          state.open[command.as] = true;
          return { kind: "done" };
        case "use": {
          if (!state.open[command.ticket]) return undefined;
          const busy = freedom === "free" && world.choose(2, (heard) => heard.kind === "busy" ? 1 : 0) === 1;
          if (!busy) state.total += command.amount;
          return { kind: busy ? "busy" : "done" };
        }
        case "close":
          if (!state.open[command.ticket]) return undefined;
          state.open[command.ticket] = false;
          return { kind: "done" };
        case "total":
          return { kind: "total", total: state.total };
      }
    },
    view: (state) => state.open.filter(Boolean).length,
    always: { "the total is not negative": ({ total }) => total >= 0 },
    sometimes: { "all tickets are open": ({ open }) => open.every(Boolean) },
    actor: () => "client",
  };
}

/** A command of the coin. */
export interface CoinCommand {
  readonly kind: "toss" | "look" | "spend";
}

/** An answer of the coin. */
export type CoinReply = "tossed" | "heads" | "tails" | "spent";

/** State of the coin. */
export interface CoinState {
  side: "heads" | "tails" | "unknown" | "spent";
}

/**
 * A coin that is tossed under a cup: no reply tells how it fell until somebody looks. `spendable` makes spending
 * possible for heads only, which the caller can not know: a mistake of the machine.
 */
export function coin(spendable: boolean): Machine<CoinState, CoinCommand, CoinReply> {
  return {
    name: "coin",
    schema: {
      state: z.strictObject({ side: z.enum(["heads", "tails", "unknown", "spent"]) }),
      command: z.strictObject({ kind: z.enum(["toss", "look", "spend"]) }),
      reply: z.enum(["tossed", "heads", "tails", "spent"]),
      start: z.null(),
    },
    starts: [null],
    commands: [{ kind: "toss" }, { kind: "look" }, ...(spendable ? [{ kind: "spend" } as const] : [])],
    initial: () => ({ side: "unknown" }),
    step(state, command, world) {
      switch (command.kind) {
        case "toss":
          state.side = world.choose(2) === 0 ? "heads" : "tails";
          return "tossed";
        case "look":
          return state.side === "heads" || state.side === "tails" ? state.side : undefined;
        case "spend":
          if (state.side !== "heads") return undefined;
          state.side = "spent";
          return "spent";
      }
    },
    always: {},
    sometimes: {},
    actor: () => "player",
  };
}
