import { assertEquals } from "@std/assert";
import { historyLines, keepHistory } from "./input_history.ts";

Deno.test("keepHistory adds to what was said before, and keeps the last 500 lines", () => {
  const folder = Deno.makeTempDirSync();
  try {
    const path = `${folder}/new/history`;
    assertEquals(historyLines(path), []);
    keepHistory(path, ["take"]);
    keepHistory(path, ["serve"]);
    assertEquals(historyLines(path), ["take", "serve"]);
    keepHistory(path, Array.from({ length: 499 }, () => "list"));
    assertEquals(historyLines(path).slice(0, 2), ["serve", "list"]);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("keepHistory does nothing where it can not write", () => {
  const file = Deno.makeTempFileSync();
  try {
    keepHistory(`${file}/history`, ["take"]);
    assertEquals(historyLines(`${file}/history`), []);
  } finally {
    Deno.removeSync(file);
  }
});
