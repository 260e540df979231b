/**
 * The whole memory scope on the real kernel: every command in every one of its states, about a minute.
 *
 *     deno run -A bench/shared_buffer_tour.ts
 *
 * @module
 */
import { tour } from "../lockstep/tour/tour.ts";
import { sharedBufferProtocol } from "../props/shared_buffer.ts";

if (import.meta.main) {
  const { what, target, walk } = sharedBufferProtocol.scopes["memory"]!();
  const limits = { maximumStates: 256, maximumTicks: 1_000 };
  const began = performance.now();
  const result = await tour(
    { walked: what, also: [], target, walk, limits, invariants: false },
    { maximumMs: 600_000 },
  );
  const seconds = (performance.now() - began) / 1000;
  const lines = [
    `${result.covered} of ${result.total} state-command pairs, ${result.states} states, ${result.commands} commands`,
    `${seconds.toFixed(1)} s, ${Math.round(result.commands / seconds / 1000)} k commands/s`,
    result.finding === undefined ? "no disagreement" : JSON.stringify(result.finding),
    ...result.unseenAnswers.map(({ command, answer }) => `never answered: ${command} -> ${answer}`),
    result.stoppedBy ?? "complete",
  ];
  Deno.stdout.writeSync(new TextEncoder().encode(lines.join("\n") + "\n"));
}
