import type { Environment } from "./report_data.ts";

/** What this machine is, as far as it may be asked; "unknown" where permission is missing. */
export function readEnvironment(): Environment {
  let kernel = "unknown";
  let cpu: string = Deno.build.arch;
  try {
    kernel = Deno.osRelease();
  } catch {
    // Not permitted: stays unknown.
  }
  try {
    cpu = Deno.readTextFileSync("/proc/cpuinfo").match(/^model name\s*:\s*(.*)$/m)?.[1] ?? cpu;
  } catch {
    // Not permitted, or not Linux: the architecture has to do.
  }
  return { kernel, deno: Deno.version.deno, cpu };
}
