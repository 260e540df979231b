/**
 * One case as a test: both sides agree on it.
 *
 * @module
 */
import { sidesOf } from "../check/sides.ts";
import type { Protocol } from "../protocol.ts";
import { type CaseFile, checkCase } from "./case_file.ts";
import { listed, runCase } from "./run_case.ts";

/**
 * Runs a case of `protocol` on its target (with `mistake`, on the implementation that has it) and fails when the two
 * sides disagree, or when a command of the case is not possible any more.
 *
 * @throws {Error} that names the command and the verdict.
 * @throws {RangeError} when the protocol has no such scope or mistake.
 * @throws {CaseFileError} when start or commands are none of this protocol.
 */
export async function assertAgrees(protocol: Protocol, file: CaseFile): Promise<void> {
  const scope = protocol.scopes[file.scope]?.();
  if (scope === undefined) {
    throw new RangeError(`Cannot run case: ${protocol.name} has no scope ${file.scope}`);
  }
  const mistake = protocol.mistakes.find(({ name }) => name === file.mistake);
  if (file.mistake !== undefined && mistake?.target === undefined) {
    throw new RangeError(`Cannot run case: ${protocol.name} has no implementation with ${file.mistake}`);
  }
  const sides = sidesOf(scope, mistake?.target?.() ?? scope.target);
  checkCase(sides.walked, file);
  const { verdict, refused } = await runCase(sides, file.start, () => listed(file.commands));
  if (verdict.kind !== "agreed") {
    const command = JSON.stringify(file.commands[verdict.at] ?? "the epilogue");
    throw new Error(
      `${protocol.name} ${verdict.kind} at command ${verdict.at}, ${command}: ${JSON.stringify(verdict)}`,
    );
  }
  if (refused > 0) {
    throw new Error(`${protocol.name}: ${refused} commands of the case are not possible any more`);
  }
}
