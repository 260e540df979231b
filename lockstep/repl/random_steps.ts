import { moveKind } from "./outcomes.ts";
import { Random } from "./random.ts";
import { Refusal } from "./refusal.ts";
import type { Session } from "./session.ts";
import type { Stepper } from "./stepper.ts";

/** Every step is printed and kept: more would fill screen and memory, and a pipe can not be interrupted. */
const mostSteps = 10_000;

/** How far, and by which dice. */
export interface RandomSteps {
  readonly steps: number;
  readonly seed: number;
  /** By kind of move; 1 for a kind without one. */
  readonly weights: Readonly<Record<string, number | undefined>>;
  /** Ends the walk early. */
  readonly signal: { readonly aborted: boolean } | undefined;
}

/** Takes random steps until one is not taken or nothing is possible. @throws {Refusal} for more than 10,000. */
export async function takeRandomSteps(
  session: Session,
  stepper: Stepper,
  { steps, seed, weights, signal }: RandomSteps,
): Promise<void> {
  if (steps > mostSteps) throw new Refusal(`Cannot take ${steps} random steps: must be at most ${mostSteps}`);
  const random = new Random(seed);
  for (let step = 0; step < steps && !signal?.aborted; step++) {
    const possible = session.possible();
    const kinds = [...new Set(possible.map(({ move }) => moveKind(move)))]
      .filter((kind) => (weights[kind] ?? 1) > 0);
    if (kinds.length === 0) break;
    const kind = random.weighted(kinds, (name) => weights[name] ?? 1);
    const { move } = random.pick(possible.filter((possibility) => moveKind(possibility.move) === kind));
    if (!await stepper.step(move, (outcomes) => random.pick(outcomes))) break;
  }
}
