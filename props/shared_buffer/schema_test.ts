/**
 * Commands that no list of a scope has: whatever the schema lets through, from a case file, a hand at the REPL or
 * the shrinker, is answered by the kernel as the model says, and leaves the model within its bounds.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { skipUnless } from "../../ffi/skip_unless.ts";
import { lockstep } from "../../lockstep/drive/lockstep.ts";
import { sharedBuffer, sharedBufferCalls, type SharedBufferCommand } from "../../model/shared_buffer.ts";
import { commandSchema, hugeCells } from "../../model/shared_buffer/command.ts";
import { stateSchema } from "../../model/shared_buffer/state.ts";
import {
  sharedBufferCommands,
  sharedBufferProtocol,
  type SharedBufferScopeName,
  sharedBufferSizes,
} from "../shared_buffer.ts";

const numbers = [-2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 15, 31, 32, 63, 64, 2 ** 20, hugeCells];
const words = ["none", "read", "write", "readWrite", "hint", "fixed", "fixedNoReplace"];

/** `command` with one field changed, in all ways that might be something. */
function variants(command: SharedBufferCommand): SharedBufferCommand[] {
  const others = (value: unknown): readonly unknown[] =>
    typeof value === "number" ? numbers : typeof value === "boolean" ? [!value] : words;
  return Object.entries(command).flatMap(([field, value]) =>
    field === "kind"
      ? []
      : others(value).map((other) => ({ ...command, [field]: other }) as SharedBufferCommand)
  );
}

/** Every listed command of the scope, and every variant of the driven ones that its schema accepts. */
function accepted(name: SharedBufferScopeName): SharedBufferCommand[] {
  const schema = commandSchema(sharedBufferSizes[name]);
  const listed = [...sharedBufferCommands(name), ...sharedBufferCommands("driven")];
  const all = new Map(
    listed.flatMap((command) => [command, ...variants(command)]).map((
      command,
    ) => [JSON.stringify(command), command]),
  );
  return [...all.values()].filter((command) => schema.safeParse(command).success);
}

const scopes: readonly SharedBufferScopeName[] = ["memory", "operations", "names", "driven", "bytes"];

for (const name of scopes) {
  const sizes = sharedBufferSizes[name];
  const { target, walk } = sharedBufferProtocol.scopes[name]!();

  Deno.test(`commandSchema of the ${name} scope accepts its list, and nothing that no call of ours could carry out`, () => {
    const schema = commandSchema(sizes);
    assertEquals(sharedBufferCommands(name).filter((command) => !schema.safeParse(command).success), []);
    const refused = (command: SharedBufferCommand): boolean => !schema.safeParse(command).success;
    assert(refused({ kind: "read", fd: 0, cells: hugeCells }), "more than any buffer of ours");
    assert(refused({ kind: "write", fd: 0, cells: -1, value: 0 }));
    assert(refused({ kind: "allocateShared", at: 0, cells: sizes.objectCells + 1, as: 0 }));
    assert(refused({ kind: "shmUnlink", name: sizes.names }));
    assert(refused({ kind: "addSeals", fd: 0, seals: 32 }), "F_SEAL_EXEC is not modelled");
  });

  Deno.test({
    name:
      `sharedBufferTarget agrees with the models about commands that the ${name} scope accepts and does not list`,
    ...skipUnless(`shared buffer in scope ${name}`, target.probe().missing[0]),
    fn: async () => {
      const commands = accepted(name);
      const bounds = stateSchema(sizes);
      const bounded = (machine: ReturnType<typeof sharedBuffer>): typeof machine => ({
        ...machine,
        always: { "the state is within its schema": (state) => bounds.safeParse(state).success },
        everyStep: {},
      });
      const { weights: _, ...rest } = walk;
      const { finding, commands: performed } = await lockstep({
        walked: bounded(sharedBufferCalls(sizes, commands)),
        also: [bounded(sharedBuffer(sizes, commands))],
        target,
        walk: { ...rest, labels: {} },
        limits: { maximumStates: 256, maximumTicks: 1_000 },
        invariants: true,
      }, { cases: 60, commandsPerCase: 60, seed: 11 });
      assertEquals(finding, undefined);
      assert(performed > 2_500, `only ${performed} commands`);
    },
  });
}
