/**
 * Spin's generated verifier, where Spin and a C compiler are installed: exact, without reduction.
 *
 * @module
 */

/** One run of a verifier. */
export interface SpinRun {
  readonly states: number;
  /** Steps; Spin counts the initial state too, which is taken off. */
  readonly transitions: number;
  /** User and system time of the verifier alone. */
  readonly cpuMs: number;
}

async function run(directory: string, command: string): Promise<string> {
  const output = await new Deno.Command("sh", {
    args: ["-c", command],
    cwd: directory,
    stdout: "piped",
    stderr: "piped",
  })
    .output();
  if (!output.success) {
    throw new Error(`Cannot run Spin: ${new TextDecoder().decode(output.stderr).slice(0, 400)}`);
  }
  return new TextDecoder().decode(output.stdout);
}

/** Whether Spin and a C compiler are here. */
export async function hasSpin(): Promise<boolean> {
  const probe = await new Deno.Command("sh", {
    args: ["-c", "command -v spin && command -v cc"],
    stdout: "null",
  }).output();
  return probe.success;
}

/** The processor time of the children of a shell, from what its builtin `times` prints. */
function childMs(times: string): number {
  const fields = times.trim().split("\n").at(-1)!.matchAll(/(\d+)m([\d.]+)s/g);
  return [...fields].reduce(
    (sum, [, minutes, seconds]) => sum + (Number(minutes) * 60 + Number(seconds)) * 1000,
    0,
  );
}

/** Builds and runs the verifier of a Promela text. */
export async function spinSearch(promela: string, order: "depth-first" | "breadth-first"): Promise<SpinRun> {
  const directory = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${directory}/model.pml`, promela);
    const flags = order === "breadth-first" ? "-DBFS" : "";
    await run(directory, `spin -a model.pml && cc -O2 -w -DNOREDUCE -DSAFETY ${flags} -o pan pan.c`);
    const text = await run(directory, "./pan -m3000000 -w22; times");
    return {
      states: Number(text.match(/(\d+) states, stored/)![1]),
      transitions: Number(text.match(/(\d+) transitions/)![1]) - 1,
      cpuMs: childMs(text),
    };
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}
