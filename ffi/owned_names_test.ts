import { assert, assertEquals } from "@std/assert";
import { closeFd, shmOpen, shmUnlink, whyNoSharedMemory } from "./memory.ts";
import { ownedPrefix, removeOrphanedNames } from "./owned_names.ts";
import { sharedMemoryNames } from "./process_resources.ts";
import { skipUnless } from "./skip_unless.ts";

const shared = skipUnless("names of shared memory", whyNoSharedMemory(1));
const what = `lockstep-owned-names-test-${Deno.pid}`;

Deno.test(
  "removeOrphanedNames removes what a killed process has left, and nothing else",
  shared,
  async () => {
    const program = `
    import { ownedPrefix } from ${JSON.stringify(new URL("owned_names.ts", import.meta.url).href)};
    import { shmOpen } from ${JSON.stringify(new URL("memory.ts", import.meta.url).href)};
    const name = ownedPrefix(${JSON.stringify(what)}) + "a";
    shmOpen(name, true);
    Deno.stdout.writeSync(new TextEncoder().encode(name));
    Deno.kill(Deno.pid, "SIGKILL");
  `;
    const { signal, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--quiet", program],
      stdout: "piped",
      stderr: "inherit",
    }).output();
    assertEquals(signal, "SIGKILL");
    const orphan = new TextDecoder().decode(stdout);
    const [, namespace] = /-(\d+)-\d+-a$/.exec(orphan) ?? [];
    assert(namespace !== undefined, orphan);
    // A living process, another container's, and a name that was never ours.
    const others = [
      `${ownedPrefix(what)}a`,
      `${what}-${namespace}1-4000000-a`,
      `${what}-${namespace}-nobody`,
    ];
    for (const name of others) closeFd(shmOpen(name, true));
    try {
      assertEquals(removeOrphanedNames(what), [orphan]);
      assertEquals(sharedMemoryNames(what).toSorted(), others.toSorted());
      assertEquals(removeOrphanedNames(what), []);
    } finally {
      for (const name of others) shmUnlink(name);
    }
  },
);
