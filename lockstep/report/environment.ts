import { cpus } from "node:os";
import type { Environment } from "./report_data.ts";

/** What `ask` answers, or `otherwise` where it may not be asked. */
function permitted(ask: () => string | undefined, otherwise: string): string {
  try {
    return ask() ?? otherwise;
  } catch {
    return otherwise;
  }
}

/** What this machine is, as far as it may be asked; "unknown" where permission is missing. */
export function readEnvironment(): Environment {
  return {
    kernel: permitted(() => Deno.osRelease(), "unknown"),
    deno: Deno.version.deno,
    // `/proc/cpuinfo` may only be read with every permission; the same words are had with `--allow-sys`.
    cpu: permitted(() => cpus()[0]?.model, Deno.build.arch),
  };
}
