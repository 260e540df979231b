import { assertEquals, assertMatch } from "@std/assert";
import { sockets } from "../ffi/socket.ts";
import { whyNoZerocopy } from "../ffi/zerocopy_socket.ts";
import { exitCode } from "./exit_code.ts";

const missing = whyNoZerocopy(sockets.AF_INET, sockets.SOCK_STREAM);
const why = missing === undefined ? "" : ` (skipped: SO_ZEROCOPY answers ${missing})`;
const program = new URL("soak_wrap.ts", import.meta.url).pathname;

function command(...words: readonly string[]): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", program, ...words],
    stdout: "piped",
    stderr: "piped",
  });
}

async function ran(...words: readonly string[]): Promise<{ code: number; out: string; complaints: string }> {
  const { code, stdout, stderr } = await command(...words).output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), complaints: decoder.decode(stderr) };
}

Deno.test("soakWrap refuses words that it does not understand with one line and the code for usage", async () => {
  assertEquals(await ran("--sends", "1e4"), {
    code: exitCode.usage,
    out: "",
    complaints: "Cannot soak: --sends is 1e4, must be a whole number\n",
  });
  assertEquals(await ran("--sends", "10"), {
    code: exitCode.usage,
    out: "",
    complaints: "Cannot soak: sends is 10, must be 2000 to 8589934592\n",
  });
});

Deno.test({
  name: `soakWrap keeps its result in the file that it was told${why}`,
  ignore: missing !== undefined,
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      const path = `${folder}/kept/soak.json`;
      const { code, out } = await ran("--sends", "5000", "--report", path);
      assertEquals(code, exitCode.ok, out);
      const { complete, sends, buffersLost, biasFaithful } = JSON.parse(await Deno.readTextFile(path));
      assertEquals(
        { complete, sends, buffersLost, biasFaithful },
        { complete: true, sends: 5000, buffersLost: 0, biasFaithful: true },
      );
      assertEquals([...Deno.readDirSync(`${folder}/kept`)].map(({ name }) => name), ["soak.json"]);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test({
  name: `soakWrap prints what it found when the file can not be written, and says so${why}`,
  ignore: missing !== undefined,
  async fn() {
    const { code, out, complaints } = await ran("--sends", "2000", "--report", "/dev/null/soak.json");
    assertEquals(code, exitCode.environment);
    assertMatch(out, /^2,000 of 2,000 sends/);
    assertMatch(complaints, /^Cannot keep the result in \/dev\/null\/soak.json: [^\n]+\n$/);
  },
});

Deno.test({
  name: `soakWrap gives up at once when the file of a long run can not be written${why}`,
  ignore: missing !== undefined,
  async fn() {
    const { code, out, complaints } = await ran("--report", "/dev/null/soak.json");
    assertEquals([code, out], [exitCode.environment, ""]);
    assertMatch(complaints, /^Cannot keep the result in \/dev\/null\/soak.json: [^\n]+\n$/);
  },
});

Deno.test({
  name: `soakWrap ends at Ctrl-C with what it has shown so far${why}`,
  ignore: missing !== undefined,
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      const path = `${folder}/soak.json`;
      const changes = Deno.watchFs(folder);
      const child = command("--report", path).spawn();
      // The first checkpoint says that it listens.
      for await (const { kind, paths } of changes) {
        if (kind !== "access" && paths.includes(path)) break;
      }
      child.kill("SIGINT");
      const { code, stdout } = await child.output();
      assertEquals(code, exitCode.interrupted);
      assertMatch(new TextDecoder().decode(stdout), /buffers lost: 0/);
      const { complete, problems, sends, notified } = JSON.parse(await Deno.readTextFile(path));
      assertEquals({ complete, problems }, { complete: false, problems: [] });
      assertEquals(sends > 0 && sends === notified, true);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
