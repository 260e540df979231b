/**
 * The packed states of a model, found in a process of its own, so that whoever wants them has run none of its code yet.
 *
 * @module
 */
import { Search } from "../../lockstep/explore/search.ts";
import { bare, modelOf } from "./models.ts";

/** Explores a model elsewhere. @returns its states, one after the other */
export async function statesOf(name: string): Promise<Int32Array> {
  const args = ["run", "--quiet", "-A", import.meta.filename!, name];
  const command = new Deno.Command(Deno.execPath(), { args, stdout: "piped", stderr: "inherit" });
  const { success, stdout } = await command.output();
  if (!success) throw new Error(`Cannot measure: the states of ${name} were not found`);
  return new Int32Array(stdout.slice().buffer);
}

if (import.meta.main) {
  const search = new Search(bare(modelOf(Deno.args[0]!).machine()), { liveness: false, deadlock: false });
  for (const _ of search.run()) { /* Only its states are wanted. */ }
  const { arena, count, words } = search.store;
  const bytes = new Uint8Array(arena.buffer, 0, count * words * Int32Array.BYTES_PER_ELEMENT);
  for (let written = 0; written < bytes.length;) {
    written += await Deno.stdout.write(bytes.subarray(written));
  }
}
