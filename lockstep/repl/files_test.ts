import { assertEquals, assertThrows } from "@std/assert";
import { CaseFileError, formatCaseFile } from "../drive/case_file.ts";
import { ticketCase } from "../report/sample_for_test.ts";
import { loadCase, storeText } from "./files.ts";
import { ScriptedIo } from "./io.ts";
import { Refusal } from "./refusal.ts";

Deno.test("storeText writes a new file, and never over one that is there", () => {
  const io = new ScriptedIo([]);
  storeText(io, "case.json", formatCaseFile(ticketCase));
  assertEquals(loadCase(io, "case.json"), ticketCase);
  assertThrows(
    () => storeText(io, "case.json", "other"),
    Refusal,
    "Cannot write case.json: there is such a file already",
  );
  assertEquals(loadCase(io, "case.json"), ticketCase);
});

Deno.test("loadCase says which file can not be read and why, and refuses what is no case", () => {
  const io = new ScriptedIo([]);
  assertThrows(
    () => loadCase(io, "nowhere"),
    Refusal,
    "Cannot load nowhere: there is no such file or folder",
  );
  assertThrows(() => loadCase(io, ""), Refusal, "load what?");
  io.files.set("other.json", "# no case");
  assertThrows(() => loadCase(io, "other.json"), CaseFileError, "not JSON");
});
