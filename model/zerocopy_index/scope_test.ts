import { assertEquals, assertThrows } from "@std/assert";
import { zerocopySizes } from "../../props/zerocopy_index.ts";
import { zerocopyIndex } from "../zerocopy_index.ts";
import { zerocopyMechanism } from "./mechanism.ts";
import { checkZerocopyScope, zerocopyCommands, zerocopySchemas } from "./scope.ts";

const { width2, kernel } = zerocopySizes;

Deno.test("checkZerocopyScope names the field that is out of range", () => {
  checkZerocopyScope(width2);
  assertThrows(
    () => checkZerocopyScope({ ...width2, widthBits: 1 }),
    RangeError,
    "widthBits is 1, must be 2 to 32",
  );
  assertThrows(
    () => checkZerocopyScope({ ...width2, spanLimit: 4 }),
    RangeError,
    "spanLimit is 4, must be 1 to 3",
  );
  assertThrows(() => checkZerocopyScope({ ...width2, firstIds: [4] }), RangeError, "firstIds is [4]");
  assertThrows(() => checkZerocopyScope({ ...width2, requestUnits: [] }), RangeError, "at least one each");
  assertThrows(() => zerocopyIndex({ ...width2, buffers: 9 }), RangeError, "buffers is 9");
  assertThrows(() => zerocopyMechanism({ ...width2, chunkUnits: 0 }), RangeError, "chunkUnits is 0");
});

Deno.test("zerocopyCommands are all valid commands of their scope, and settle is among them", () => {
  for (const scope of Object.values(zerocopySizes)) {
    const { command } = zerocopySchemas(scope);
    const commands = zerocopyCommands(scope);
    for (const one of commands) assertEquals(command.safeParse(one).success, true, JSON.stringify(one));
    assertEquals(commands.some(({ kind }) => kind === "settle"), true);
  }
});

Deno.test("zerocopySchemas refuse what is not of their scope", () => {
  const { reply, start } = zerocopySchemas(kernel);
  assertEquals(start.safeParse({ firstId: 2 ** 32 }).success, false);
  assertEquals(reply.safeParse({ kind: "filled", buffer: 3 }).success, false);
  assertEquals(
    reply.safeParse({ kind: "read", runs: [{ buffer: 0, parity: 0, units: 0.5 }] }).success,
    false,
  );
});
