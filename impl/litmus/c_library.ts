/**
 * Builds the native side of a litmus test with the C compiler of this machine, if there is one.
 *
 * @module
 */
import { EnvironmentError } from "../../ffi/library.ts";

const compilers = ["cc", "gcc", "clang"];
let search: Promise<string | undefined> | undefined;

/** The C compiler of this machine, or undefined. Needs permission to run it. Looked for once, whoever asks meanwhile. */
export function findCompiler(): Promise<string | undefined> {
  return search ??= firstThatRuns();
}

async function firstThatRuns(): Promise<string | undefined> {
  for (const name of compilers) {
    try {
      const { success } = await new Deno.Command(name, {
        args: ["--version"],
        stdout: "null",
        stderr: "null",
      }).output();
      if (success) return name;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound) && !(error instanceof Deno.errors.NotCapable)) throw error;
    }
  }
  return undefined;
}

async function fingerprint(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].slice(0, 12).map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Compiles `source` to a shared library below `.lockstep/litmus/` and answers its path. The name follows from the source,
 * so that it is built once. Others may build it at the same time, also other threads of this process.
 *
 * @throws {EnvironmentError} when there is no compiler, or it refuses the source
 */
export async function buildLibrary(source: string): Promise<string> {
  const command = await findCompiler();
  if (command === undefined) {
    throw new EnvironmentError(
      `Cannot build litmus test: no C compiler runs here, tried ${compilers.join(", ")}`,
    );
  }
  const folder = `${Deno.cwd()}/.lockstep/litmus`;
  const name = `${folder}/${await fingerprint(command + source)}`;
  try {
    await Deno.stat(`${name}.so`);
    return `${name}.so`;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  await Deno.mkdir(folder, { recursive: true });
  // Under a name of its own until it is complete: nobody may compile or open half a file.
  const draft = `${name}.${crypto.randomUUID()}`;
  await Deno.writeTextFile(`${draft}.c`, source);
  await Deno.rename(`${draft}.c`, `${name}.c`);
  const args = ["-std=c11", "-O2", "-shared", "-fPIC", "-o", `${draft}.so`, `${name}.c`];
  const { success, stderr } = await new Deno.Command(command, { args }).output();
  if (!success) {
    throw new EnvironmentError(`Cannot build litmus test: ${new TextDecoder().decode(stderr).trim()}`);
  }
  await Deno.rename(`${draft}.so`, `${name}.so`);
  return `${name}.so`;
}
