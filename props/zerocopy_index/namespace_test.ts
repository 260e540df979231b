import { assertEquals } from "@std/assert";
import { sockets } from "../../ffi/socket.ts";
import { whyNoZerocopy } from "../../ffi/zerocopy_socket.ts";
import type { Experiment } from "./namespace_peer.ts";

/** Root without its right to lock memory, and with none that may be locked. */
const unlockable = ["setpriv", "--bounding-set", "-ipc_lock", "prlimit", "--memlock=0:0"];

/** Why these commands can not be run to success here; `undefined` when they can. */
function whyNotRun(commands: readonly (readonly string[])[]): string | undefined {
  for (const words of commands) {
    try {
      const { success } = new Deno.Command(words[0]!, {
        args: words.slice(1),
        stdout: "null",
        stderr: "null",
      })
        .outputSync();
      if (!success) return `${words.join(" ")} fails`;
    } catch (error) {
      return `${words[0]} can not be run: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  return undefined;
}

/** Why there is no network namespace to be had here; `undefined` when there is. */
function whyNot(): string | undefined {
  if (Deno.build.os !== "linux") return `the system is ${Deno.build.os}`;
  if (Deno.uid() !== 0) return "not root";
  const answer = whyNoZerocopy(sockets.AF_INET, sockets.SOCK_STREAM);
  if (answer !== undefined) return `SO_ZEROCOPY answers ${answer}`;
  return whyNotRun([["unshare", "--net", ...unlockable, "true"], ["tc", "-Version"], ["ip", "-Version"]]);
}

const missing = whyNot();
const missingFirewall = missing ?? whyNotRun([["unshare", "--net", "nft", "list ruleset"]]);
const whyNoFirewall = missingFirewall === undefined ? "" : ` (skipped: ${missingFirewall})`;
const why = missing === undefined ? "" : ` (skipped: ${missing})`;

/** Runs an experiment in a network namespace that ends with it. */
async function seenIn(experiment: Experiment): Promise<unknown> {
  const program = new URL("namespace_peer.ts", import.meta.url).pathname;
  const limits = experiment === "nothing lockable" ? unlockable : [];
  const { success, stdout, stderr } = await new Deno.Command("unshare", {
    args: ["--net", ...limits, Deno.execPath(), "run", "--quiet", "-A", program, experiment],
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test({
  name: `ZerocopySender hears that nothing was copied when nobody reads${why}`,
  ignore: missing !== undefined,
  async fn() {
    assertEquals(await seenIn("no copy"), {
      notifications: [{ low: 0, high: 1, copied: false }],
      ended: [0, 1],
    });
  },
});

Deno.test({
  name: `ZerocopySender waits for a piece that the kernel holds, and LastIdOnlySender does not${why}`,
  ignore: missing !== undefined,
  async fn() {
    const overtaken = { first: [[1, 1]], then: [[0, 0]], ended: [0] };
    assertEquals(await seenIn("overtaking"), {
      correct: { ...overtaken, endedEarly: [] },
      lastIdOnly: { ...overtaken, endedEarly: [0] },
    });
  },
});

Deno.test({
  name: `ZerocopySender agrees with the models when the kernel has no memory for notifications${why}`,
  ignore: missing !== undefined,
  async fn() {
    const { finding, refusedInCases } = await seenIn("no memory") as {
      finding: null;
      refusedInCases: number;
    };
    assertEquals(finding, null);
    assertEquals(refusedInCases > 0, true, "the kernel must have answered ENOBUFS");
  },
});

Deno.test({
  name: `ZerocopySender copies when no page may be locked, and StarvedWaitsSender waits for ever${why}`,
  ignore: missing !== undefined,
  async fn() {
    assertEquals(await seenIn("nothing lockable"), {
      correct: { results: [[true, -105], [false, 4096]], ended: [0] },
      starvedWaits: { results: [[true, -105]], ended: [] },
    });
  },
});

Deno.test({
  name: `ZerocopySender counts the number of a datagram that a firewall refuses${whyNoFirewall}`,
  ignore: missingFirewall !== undefined,
  async fn() {
    assertEquals(await seenIn("firewall"), {
      refusal: "ErrnoError: Cannot send 4096 bytes: EPERM",
      notifications: [[0, 0], [1, 2]],
      ended: [0, 1],
    });
  },
});
