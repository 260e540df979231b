/**
 * Finding a failure again, where there are too many shorter cases to run them all.
 *
 * @module
 */
import { type Finding, lockstep } from "../drive/lockstep.ts";
import { failureSignature } from "../drive/verdict.ts";
import type { Enumeration } from "./enumeration.ts";

/** Commands of its cases at least. */
const leastCommands = 12;

/**
 * Looks for the failure anew from other seeds and shrinks what is found: where shrinking is stuck depends on the case
 * that it began with, so what is rarely stuck is seldom stuck twice. Every command that goes makes certifying cheaper.
 */
export class FoundAgain {
  readonly #enumeration: Enumeration;
  readonly #confirmations: number;
  /** Of the last search. */
  #seed = 0;

  constructor(enumeration: Enumeration, confirmations: number) {
    this.#enumeration = enumeration;
    this.#confirmations = confirmations;
  }

  /** The shortest of `finding` and what is found until all but `kept` runs are used, or so many findings were in vain. */
  async shortest(finding: Finding, kept: number, mostInVain: number): Promise<Finding> {
    const { limits, signature } = this.#enumeration;
    let best = finding;
    for (let inVain = 0; inVain < mostInVain && best.commands.length > 1; inVain++) {
      const left = Math.floor((limits.maximumRuns - kept - this.#enumeration.runs) / 2);
      if (left < 1 || limits.signal?.aborted === true) break;
      const again = await this.#search(best.commands.length, left);
      if (again === undefined) break;
      const { start, commands, answers, verdict, confirmed } = again;
      const isSame = failureSignature(verdict) === signature && confirmed.failed === confirmed.runs;
      if (!isSame || commands.length >= best.commands.length) continue;
      best = { ...finding, start, commands, answers, verdict, confirmed };
      inVain = -1;
    }
    return best;
  }

  async #search(length: number, runs: number): Promise<Finding | undefined> {
    const { sides, limits } = this.#enumeration;
    const { finding, cases } = await lockstep(sides, {
      cases: runs,
      commandsPerCase: Math.max(leastCommands, 3 * length),
      seed: ++this.#seed,
      shrinkRuns: runs,
      confirmations: this.#confirmations,
      ...(limits.signal === undefined ? {} : { signal: limits.signal }),
    });
    this.#enumeration.runs += cases;
    if (finding !== undefined) {
      this.#enumeration.runs += finding.shrinkRuns + this.#confirmations + finding.confirmed.runs;
    }
    return finding;
  }
}
