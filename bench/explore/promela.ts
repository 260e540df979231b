/**
 * The benchmarked machines once more in Promela, for Spin: one process, one guarded `d_step` per command.
 *
 * @module
 */
import type { SlotRingScope } from "../../props/known/slot_ring.ts";

const numbers = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

function program(declarations: readonly string[], options: readonly string[]): string {
  return [
    ...declarations,
    "init {",
    "  do",
    ...options.map((option) => `  :: d_step { ${option} }`),
    "  od",
    "}",
    "",
  ]
    .join("\n");
}

/** `twoPhaseCommit(managers)` in Promela. */
export function twoPhaseCommitPromela(managers: number): string {
  const each = numbers(managers);
  const allHeard = each.map((at) => `heard[${at}]`).join(" && ");
  return program([
    `byte rm[${managers}]; bit heard[${managers}]; bit sent[${managers}];`,
    `byte decision; bit commitSent; bit abortSent;`,
  ], [
    `decision == 0 && ${allHeard} -> decision = 1; commitSent = 1`,
    `decision == 0 -> decision = 2; abortSent = 1`,
    ...each.flatMap((at) => [
      `decision == 0 && sent[${at}] -> heard[${at}] = 1`,
      `rm[${at}] == 0 -> rm[${at}] = 1; sent[${at}] = 1`,
      `rm[${at}] == 0 -> rm[${at}] = 3`,
      `commitSent -> rm[${at}] = 2`,
      `abortSent -> rm[${at}] = 3`,
    ]),
  ]);
}

/** `slotRing(scope)` in Promela. */
export function slotRingPromela({ slots, modulus, readers }: SlotRingScope): string {
  const none = slots;
  return program([
    `byte acquired; byte read; byte reclaimed; byte slots[${slots}]; byte leases[${readers}] = ${none};`,
  ], [
    `(acquired - reclaimed + ${modulus}) % ${modulus} != ${slots} -> ` +
    `slots[acquired % ${slots}] = 1; acquired = (acquired + 1) % ${modulus}`,
    ...numbers(slots).map((slot) => `slots[${slot}] == 1 -> slots[${slot}] = 2`),
    ...numbers(readers).map((reader) =>
      `leases[${reader}] == ${none} && read != acquired && slots[read % ${slots}] == 2 -> ` +
      `slots[read % ${slots}] = 3; leases[${reader}] = read % ${slots}; read = (read + 1) % ${modulus}`
    ),
    ...numbers(readers).map((reader) =>
      `leases[${reader}] != ${none} -> slots[leases[${reader}]] = 4; leases[${reader}] = ${none}`
    ),
    `slots[reclaimed % ${slots}] == 4 -> slots[reclaimed % ${slots}] = 0; reclaimed = (reclaimed + 1) % ${modulus}`,
  ]);
}
