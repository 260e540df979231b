/**
 * Builds the native side of a litmus test with the C compiler of this machine, if there is one.
 *
 * @module
 */
import { EnvironmentError } from "../../ffi/library.ts";

const compilers = ["cc", "gcc", "clang"];
let compiler: string | undefined | null = null;

/** The C compiler of this machine, or undefined. Needs permission to run it. */
export async function findCompiler(): Promise<string | undefined> {
  if (compiler !== null) return compiler;
  compiler = undefined;
  for (const name of compilers) {
    try {
      const { success } = await new Deno.Command(name, {
        args: ["--version"],
        stdout: "null",
        stderr: "null",
      }).output();
      if (success) return compiler = name;
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
 * so that it is built once.
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
  await Deno.writeTextFile(`${name}.c`, source);
  const args = ["-std=c11", "-O2", "-shared", "-fPIC", "-o", `${name}.${Deno.pid}.so`, `${name}.c`];
  const { success, stderr } = await new Deno.Command(command, { args }).output();
  if (!success) {
    throw new EnvironmentError(`Cannot build litmus test: ${new TextDecoder().decode(stderr).trim()}`);
  }
  await Deno.rename(`${name}.${Deno.pid}.so`, `${name}.so`);
  return `${name}.so`;
}
