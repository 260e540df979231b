/**
 * What a machine lists itself: its commands and its starts, held against its own schemas.
 *
 * @module
 */
import type { AnyMachine } from "./machine.ts";

/** Machines that were looked at: their lists do not change. */
const checked = new WeakSet<AnyMachine>();

/** @throws {RangeError} for a machine without commands or starts, or with one that its own schema does not know. */
export function checkLists(machine: AnyMachine): void {
  if (checked.has(machine)) return;
  const { name, schema } = machine;
  const lists = [
    ["commands", machine.commands, schema.command],
    ["starts", machine.starts, schema.start],
  ] as const;
  for (const [list, values, type] of lists) {
    if (values.length === 0) throw new RangeError(`Cannot use ${name}: its list of ${list} is empty`);
    for (const [index, value] of values.entries()) {
      const { error } = type.safeParse(value);
      if (error === undefined) continue;
      const { path, message } = error.issues[0]!;
      const where = path.length === 0 ? "" : ` at ${path.join(".")}`;
      throw new RangeError(
        `Cannot use ${name}: ${list}[${index}] is ${
          JSON.stringify(value)
        }, not of its schema${where}: ${message}`,
      );
    }
  }
  checked.add(machine);
}
