/**
 * A rate limiter: tokens come at two in three ticks, up to a burst, and a refused request costs nothing.
 *
 * The model counts thirds of a token; the implementation fills up when it is asked, from the time since then, on a
 * clock that wraps.
 *
 * @module
 */
import { z } from "zod";
import type { Machine } from "../../lockstep/machine.ts";
import { below, plain, plant, type ZooHouse } from "./zoo.ts";

type Command =
  | { readonly kind: "wait"; readonly ticks: number }
  | { readonly kind: "take"; readonly tokens: number }
  | { readonly kind: "left" | "soonest" };

type Reply =
  | { readonly kind: "waited" | "taken" | "refused" }
  | { readonly kind: "left"; readonly tokens: number }
  | { readonly kind: "soonest"; readonly ticks: number };

interface LevelState {
  thirds: number;
}

interface BucketState {
  tokens: number;
  /** Thirds of a token beyond `tokens`. */
  remainder: number;
  now: number;
  filledAt: number;
  refusals: number;
  takes: number;
}

interface Rules {
  elapsed(state: BucketState): number;
  /** What has come in so many ticks, in thirds. */
  gained(ticks: number, state: BucketState): number;
  remainder(thirds: number, isFull: boolean): number;
  burst(state: BucketState): number;
  /** Whether asking now fills the bucket. */
  fills(state: BucketState, by: "wait" | "take" | "left"): boolean;
  refused(state: BucketState, tokens: number): void;
  taken(state: BucketState, tokens: number): void;
  /** Ticks until there is one token more. */
  soonest(remainder: number): number;
  advanced(now: number, ticks: number): number;
}

const burst = 4;
const period = 32;
const mostTicks = 2;
const mostTokens = 3;
const perTick = 2;
const perToken = 3;

const correct: Rules = {
  elapsed: ({ now, filledAt }) => (now - filledAt + period) % period,
  gained: (ticks) => ticks * perTick,
  remainder: (thirds, isFull) => isFull ? 0 : thirds % perToken,
  burst: () => burst,
  fills: () => true,
  refused() {},
  taken(state, tokens) {
    state.tokens -= tokens;
  },
  soonest: (remainder) => Math.ceil((perToken - remainder) / perTick),
  advanced: (now, ticks) => (now + ticks) % period,
};

const schema = {
  command: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("wait"), ticks: z.int().min(1).max(mostTicks) }),
    z.strictObject({ kind: z.literal("take"), tokens: z.int().min(1).max(mostTokens) }),
    z.strictObject({ kind: z.enum(["left", "soonest"]) }),
  ]) as z.ZodType<Command>,
  reply: z.looseObject({ kind: z.string() }) as unknown as z.ZodType<Reply>,
  start: z.null(),
};

const commands: readonly Command[] = [
  ...below(mostTicks).map((less) => ({ kind: "wait", ticks: less + 1 }) as const),
  ...below(mostTokens).map((less) => ({ kind: "take", tokens: less + 1 }) as const),
  { kind: "left" },
  { kind: "soonest" },
];

const model: Machine<LevelState, Command, Reply> = {
  ...plain,
  name: "token-bucket",
  schema: { ...schema, state: z.strictObject({ thirds: z.int().min(0).max(burst * perToken) }) },
  starts: [null],
  commands,
  initial: () => ({ thirds: burst * perToken }),
  step(state, command) {
    const whole = Math.floor(state.thirds / perToken);
    switch (command.kind) {
      case "wait":
        state.thirds = Math.min(burst * perToken, state.thirds + command.ticks * perTick);
        return { kind: "waited" };
      case "take":
        if (whole < command.tokens) return { kind: "refused" };
        state.thirds -= command.tokens * perToken;
        return { kind: "taken" };
      case "left":
        return { kind: "left", tokens: whole };
      case "soonest": {
        if (whole === burst) return { kind: "soonest", ticks: 0 };
        const ticks = [1, 2].find((ticks) => state.thirds + ticks * perTick >= (whole + 1) * perToken)!;
        return { kind: "soonest", ticks };
      }
    }
  },
};

function fill(state: BucketState, by: "wait" | "take" | "left", rules: Rules): void {
  if (!rules.fills(state, by)) return;
  const thirds = state.remainder + rules.gained(rules.elapsed(state), state);
  const most = rules.burst(state);
  const tokens = state.tokens + Math.floor(thirds / perToken);
  state.tokens = Math.min(most, tokens);
  state.remainder = rules.remainder(thirds, tokens >= most);
  state.filledAt = state.now;
}

function implementation(rules: Rules): Machine<BucketState, Command, Reply> {
  return {
    ...plain,
    name: "token-bucket by the clock",
    schema: { ...schema, state: z.any() },
    starts: [null],
    commands,
    initial: () => ({ tokens: burst, remainder: 0, now: 0, filledAt: 0, refusals: 0, takes: 0 }),
    step(state, command) {
      switch (command.kind) {
        case "wait":
          state.now = rules.advanced(state.now, command.ticks);
          // Half a period without a question would be too long.
          if ((state.now - state.filledAt + period) % period >= period / 2) fill(state, "wait", rules);
          return { kind: "waited" };
        case "take":
          fill(state, "take", rules);
          if (state.tokens < command.tokens) {
            rules.refused(state, command.tokens);
            return { kind: "refused" };
          }
          rules.taken(state, command.tokens);
          return { kind: "taken" };
        case "left":
          fill(state, "left", rules);
          return { kind: "left", tokens: state.tokens };
        case "soonest":
          fill(state, "left", rules);
          return { kind: "soonest", ticks: state.tokens === burst ? 0 : rules.soonest(state.remainder) };
      }
    },
  };
}

/** The rate limiter's house. */
export function tokenBucketHouse(): ZooHouse {
  return {
    name: "token-bucket",
    model,
    walk: { weights: { wait: 5, take: 5, left: 1, soonest: 1 }, labels: {} },
    correct: implementation(correct),
    bugs: plant(implementation, correct, {
      "part-of-a-token-lost": {
        title: "what is left of a token is lost whenever the bucket is filled up",
        rule: { remainder: () => 0 },
      },
      "remainder-kept-when-full": {
        title: "a full bucket keeps what came beyond its last token",
        rule: { remainder: (thirds) => thirds % perToken },
      },
      "no-time-across-the-wrap": {
        title: "no time has gone by when the clock has wrapped since the bucket was filled up",
        rule: { elapsed: ({ now, filledAt }) => Math.max(0, now - filledAt) },
      },
      "filled-at-in-four-bits": {
        title: "four bits are kept of the time at which the bucket was filled up, and the clock has five",
        rule: { elapsed: ({ now, filledAt }) => (now - filledAt % 16 + period) % period },
      },
      "wrap-takes-a-tick": {
        title: "a wait of two that starts at the last tick before the wrap ends at 0",
        rule: { advanced: (now, ticks) => now + ticks >= period ? 0 : now + ticks },
      },
      "third-refusal-charged": {
        title: "the third refusal since tokens were taken is charged",
        rule: {
          refused(state) {
            state.refusals = Math.min(3, state.refusals + 1);
            if (state.refusals === 3) state.tokens = Math.max(0, state.tokens - 1);
          },
          taken(state, tokens) {
            state.refusals = 0;
            state.tokens -= tokens;
          },
        },
      },
      "refusals-spill-over": {
        title: "refusals are counted in the bits below the tokens, and the 32nd is a token",
        rule: {
          refused(state) {
            state.refusals = (state.refusals + 1) % 32;
            if (state.refusals === 0) state.tokens++;
          },
        },
      },
      "twelfth-take-narrows": {
        title: "after twelve requests were granted, the bucket holds a token less",
        rule: {
          taken(state, tokens) {
            state.takes = Math.min(12, state.takes + 1);
            state.tokens -= tokens;
          },
          burst: ({ takes, tokens }) => takes === 12 ? Math.max(tokens, burst - 1) : burst,
        },
      },
      "fortieth-token-for-nothing": {
        title:
          "tokens that were granted are counted up to forty, and the request that gets there costs nothing",
        rule: {
          taken(state, tokens) {
            state.takes += tokens;
            if (state.takes >= 40) state.takes = 0;
            else state.tokens -= tokens;
          },
        },
      },
      "five-ticks-at-most": {
        title: "five ticks are counted at most between two questions",
        rule: { gained: (ticks) => Math.min(5, ticks) * perTick },
      },
      "divided-before-multiplied": {
        title: "three ticks or more are counted in whole pairs of tokens",
        rule: {
          gained: (ticks) =>
            ticks < perToken ? ticks * perTick : Math.floor(ticks / perToken) * perTick * perToken,
        },
      },
      "soonest-of-one-third": {
        title: "with one third of a token there, the next one is said to take two ticks",
        rule: { soonest: (remainder) => remainder === 2 ? 1 : 2 },
      },
    }),
  };
}
