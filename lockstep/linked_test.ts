import { assertEquals } from "@std/assert";

const program = `
import { explore, type Machine } from "lockstep";
import { z } from "zod";

type Command = { kind: "toggle" };

const lamp: Machine<{ on: boolean }, Command, "toggled"> = {
  name: "lamp",
  schema: {
    state: z.strictObject({ on: z.boolean() }),
    command: z.strictObject({ kind: z.literal("toggle") }),
    reply: z.literal("toggled"),
    start: z.null(),
  },
  starts: [null],
  commands: [{ kind: "toggle" }],
  initial: () => ({ on: false }),
  step(state) {
    state.on = !state.on;
    return "toggled";
  },
  always: {},
  sometimes: { "on": ({ on }) => on },
  actor: () => "hand",
};

await Deno.stdout.write(new TextEncoder().encode(\`\${explore(lamp).states}\`));
`;

// The settings of the compiler are those of the project that imports, not ours: JSX must not depend on them.
Deno.test("lockstep is checked and run from another project that links it", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const root = new URL("..", import.meta.url);
    const { imports } = JSON.parse(await Deno.readTextFile(new URL("deno.json", root)));
    const settings = {
      links: [decodeURIComponent(root.pathname)],
      imports: { lockstep: "jsr:@lockstep/lockstep@^0.1.0", zod: imports.zod },
      lock: false,
    };
    await Deno.writeTextFile(`${folder}/deno.json`, JSON.stringify(settings));
    await Deno.writeTextFile(`${folder}/lamp.ts`, program);
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--check", "--no-prompt", "lamp.ts"],
      cwd: folder,
      env: { NO_COLOR: "1" },
    }).output();
    const told = new TextDecoder();
    assertEquals([told.decode(stderr), told.decode(stdout), code], ["", "2", 0]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
