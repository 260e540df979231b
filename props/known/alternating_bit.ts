/**
 * The alternating-bit protocol: messages over channels that lose, in order and each once.
 *
 * The text of "Specifying Systems", chapter 14. With two values and channels bounded to 2 by a constraint, TLC
 * reports 240 states, 1,392 generated (8 initial ones and those beyond the constraint included), depth 10. A value
 * that was sent arrives if arriving is strongly fair and resending weakly: channels lose, but not always.
 *
 * @see https://lamport.azurewebsites.net/tla/book.html
 * @see https://github.com/tlaplus/Examples/tree/master/specifications/SpecifyingSystems/TLC
 *
 * @module
 */
import { z } from "zod";
import type { LeadsTo, Machine } from "../../lockstep/machine.ts";

/** The two channels, and what each side remembers. */
export interface AlternatingBitState {
  messages: { bit: number; value: number }[];
  acknowledgements: number[];
  senderBit: number;
  heardBit: number;
  receiverBit: number;
  sent: number;
  received: number;
}

/** What sender, receiver and channels do. */
export type AlternatingBitCommand =
  | { readonly kind: "send"; readonly value: number }
  | { readonly kind: "resend" | "receive" | "acknowledge" | "hear" | "loseMessage" | "loseAcknowledgement" };

/** What happens to what does not fit into a channel, and how fair arriving is. */
export interface AlternatingBitScope {
  /** `cut`: a bound of the search, as TLC's constraint is one. `lose`: a channel that loses what does not fit. */
  readonly whenFull: "cut" | "lose";
  readonly arriving: "weak" | "strong";
}

const values = 2;
const places = 2;

/** A value that was sent arrives. */
function arrives(
  value: number,
  arriving: "weak" | "strong",
): LeadsTo<AlternatingBitState, AlternatingBitCommand> {
  return {
    from: (state) => state.sent === value && state.senderBit !== state.heardBit,
    to: (state) => state.received === value,
    weak: ["resend", "acknowledge", ...(arriving === "weak" ? ["receive", "hear"] : [])],
    strong: arriving === "strong" ? ["receive", "hear"] : [],
  };
}

/** The protocol as a machine. */
export function alternatingBit(
  { whenFull, arriving }: AlternatingBitScope,
): Machine<AlternatingBitState, AlternatingBitCommand, null, AlternatingBitState> {
  const bit = z.int().min(0).max(1);
  const value = z.int().min(0).max(values - 1);
  const kinds = ["resend", "receive", "acknowledge", "hear", "loseMessage", "loseAcknowledgement"] as const;
  const state = z.strictObject({
    messages: z.array(z.strictObject({ bit, value })).max(places),
    acknowledgements: z.array(bit).max(places),
    senderBit: bit,
    heardBit: bit,
    receiverBit: bit,
    sent: value,
    received: value,
  });
  const start = (bit: number, sent: number, received: number): AlternatingBitState => ({
    messages: [],
    acknowledgements: [],
    senderBit: bit,
    heardBit: bit,
    receiverBit: bit,
    sent,
    received,
  });
  return {
    name: "alternating-bit",
    schema: {
      state,
      command: z.union([
        z.strictObject({ kind: z.literal("send"), value }),
        z.strictObject({ kind: z.enum(kinds) }),
      ]),
      reply: z.null(),
      start: state,
    },
    starts: [0, 1].flatMap((bit) =>
      [0, 1].flatMap((sent) => [0, 1].map((received) => start(bit, sent, received)))
    ),
    commands: [
      ...Array.from({ length: values }, (_, value) => ({ kind: "send" as const, value })),
      ...kinds.map((kind) => ({ kind })),
    ],
    initial: (start) => ({ ...start, messages: [], acknowledgements: [] }),
    step(state, command, world) {
      const { messages, acknowledgements } = state;
      const put = <Item>(channel: Item[], item: Item): void => {
        if (channel.length < places) channel.push(item);
        else if (whenFull === "cut") world.cut(`a channel holds at most ${places}`);
      };
      const lose = (channel: unknown[]): null | undefined => {
        if (channel.length === 0) return undefined;
        channel.splice(world.choose(channel.length), 1);
        return null;
      };
      switch (command.kind) {
        case "send":
          if (state.heardBit !== state.senderBit) return undefined;
          state.sent = command.value;
          state.senderBit = 1 - state.senderBit;
          put(messages, { bit: state.senderBit, value: command.value });
          return null;
        case "resend":
          if (state.heardBit === state.senderBit) return undefined;
          put(messages, { bit: state.senderBit, value: state.sent });
          return null;
        case "receive": {
          const first = messages.shift();
          if (first === undefined) return undefined;
          state.receiverBit = first.bit;
          state.received = first.value;
          return null;
        }
        case "acknowledge":
          put(acknowledgements, state.receiverBit);
          return null;
        case "hear": {
          const first = acknowledgements.shift();
          if (first === undefined) return undefined;
          state.heardBit = first;
          return null;
        }
        case "loseMessage":
          return lose(messages);
        case "loseAcknowledgement":
          return lose(acknowledgements);
      }
    },
    always: {
      "an acknowledged value has arrived": {
        when: (state) =>
          state.senderBit === state.heardBit && state.receiverBit === state.senderBit &&
          state.messages.length > 0,
        then: (state) => state.received === state.sent,
      },
    },
    sometimes: {
      "both channels are full": (s) => s.messages.length === places && s.acknowledgements.length === places,
    },
    leadsTo: {
      "a sent 0 arrives": arrives(0, arriving),
      "a sent 1 arrives": arrives(1, arriving),
    },
    actor: ({ kind }) =>
      kind === "send" || kind === "resend" || kind === "hear"
        ? "sender"
        : kind === "receive" || kind === "acknowledge"
        ? "receiver"
        : "channel",
  };
}
