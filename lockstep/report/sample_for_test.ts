/**
 * A small machine with two actors and a picture, and an implementation of it that serves the wrong customer: what
 * the tests of reports and of the REPL talk about.
 *
 * @module
 */
import { z } from "zod";
import { asTarget } from "../drive/as_target.ts";
import { type CaseFile, caseFileVersion } from "../drive/case_file.ts";
import { listed, type Run, runCase, type Sides } from "../drive/run_case.ts";
import type { Machine, Target } from "../machine.ts";
import type { Picture } from "../picture.ts";
import type { Protocol, Scope } from "../protocol.ts";
import { counterexample } from "./counterexample.ts";
import type { Counterexample, CounterexampleExtra } from "./report_data.ts";

/** State of the counter: who waits, and how many numbers were given out. */
export interface TicketState {
  waiting: number[];
  given: number;
}

type TicketCommand = { readonly kind: "take" | "serve" | "audit" };
type TicketReply =
  | { readonly kind: "ticket" | "served"; readonly number: number }
  | { readonly kind: "closed" | "nobody" };

/** The machine: at most `customers` tickets; the first who came is served first. An audit may skip nobody or one. */
export function tickets(
  customers: number,
  mistake = false,
): Machine<TicketState, TicketCommand, TicketReply> {
  return {
    name: mistake ? "ticket counter with last-first" : "ticket counter",
    schema: {
      state: z.strictObject({
        waiting: z.array(z.int().min(0).max(customers)).max(customers),
        given: z.int().min(0).max(customers),
      }),
      command: z.strictObject({ kind: z.enum(["take", "serve", "audit"]) }),
      reply: z.union([
        z.strictObject({ kind: z.enum(["ticket", "served"]), number: z.int().min(0).max(customers) }),
        z.strictObject({ kind: z.enum(["closed", "nobody"]) }),
      ]),
      start: z.null(),
    },
    starts: [null],
    commands: [{ kind: "take" }, { kind: "serve" }, { kind: "audit" }],
    initial: () => ({ waiting: [], given: 0 }),
    step(state, { kind }, world): TicketReply | undefined {
      switch (kind) {
        case "take": {
          if (state.given === customers) return { kind: "closed" };
          state.waiting.push(state.given);
          return { kind: "ticket", number: state.given++ };
        }
        case "serve": {
          const number = mistake ? state.waiting.pop() : state.waiting.shift();
          return number === undefined ? { kind: "nobody" } : { kind: "served", number };
        }
        case "audit": {
          if (state.waiting.length === 0) return world.refuse("nobody waits");
          // The auditor takes one of those who wait, whoever that is.
          const [number] = state.waiting.splice(world.choose(state.waiting.length), 1);
          return { kind: "served", number: number! };
        }
      }
    },
    always: {
      "nobody waits twice": ({ waiting }) => new Set(waiting).size === waiting.length,
      "those who wait stand in order": ({ waiting }) =>
        waiting.every((number, place) => place === 0 || number > waiting[place - 1]!),
      "a crowd has been let in": {
        when: ({ waiting }) => waiting.length === customers,
        then: ({ given }) => given === customers,
      },
    },
    sometimes: { "somebody waits": ({ waiting }) => waiting.length > 0 },
    actor: ({ kind }) => kind === "take" ? "customer" : kind === "serve" ? "clerk" : "auditor",
    show: ({ waiting, given }) => `${given} given, waiting ${waiting.join(" ") || "nobody"}`,
  };
}

/** Draws who waits. */
export function ticketPicture({ waiting, given }: TicketState): Picture {
  return {
    width: 300,
    height: 40,
    description: `${waiting.length} customers wait`,
    marks: [
      { kind: "text", x: 4, y: 14, text: `given ${given}`, bold: true },
      ...waiting.map((number, place) => (
        {
          kind: "box",
          x: 70 + 34 * place,
          y: 4,
          width: 30,
          height: 24,
          tone: "busy",
          label: String(number),
        } as const
      )),
    ],
  };
}

/** The counter as a scope; the implementation serves the last customer first when `mistake` is set. */
export function ticketScope(mistake = false): Scope {
  return {
    description: "3 customers",
    what: tickets(3),
    walk: { labels: {} },
    target: asTarget(tickets(3, mistake)) as unknown as Target<unknown, unknown, unknown, unknown>,
    picture: ticketPicture,
    use: ["explore", "lockstep"],
  };
}

/** The counter as a protocol with one known mistake. */
export const ticketProtocol: Protocol = {
  name: "tickets",
  title: "Ticket counter: first come, first served",
  scopes: { small: () => ticketScope() },
  mistakes: [{
    name: "last-first",
    title: "the last customer is served first",
    upstream: "planted",
    scope: "small",
    how: () => tickets(3, true),
    target: () => ticketScope(true).target,
    foundBy: ["refines", "lockstep"],
  }],
};

/** The case that shows the mistake. */
export const ticketCase: CaseFile = {
  lockstep: caseFileVersion,
  protocol: "tickets",
  scope: "small",
  mistake: "last-first",
  start: null,
  commands: [{ kind: "take" }, { kind: "take" }, { kind: "serve" }],
};

const limits = { maximumStates: 64, maximumTicks: 1_000 };

/** The report of a case against the mistaken implementation. */
export function ticketReport(file: CaseFile = ticketCase, extra: CounterexampleExtra = {}): Counterexample {
  const { what, walk, target } = ticketScope(true);
  const sides: Sides = { walked: what, also: [], target, walk, limits, invariants: true };
  const run = runCase(sides, file.start, () => listed(file.commands), true) as Run;
  return counterexample(what, run, file, "ticket office", { picture: ticketPicture as never, ...extra });
}
