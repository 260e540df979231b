/**
 * `repl`: walk a protocol by hand.
 *
 * @module
 */
import type { Command } from "commander";
import { type CaseFile, parseCaseFile } from "../lockstep/drive/case_file.ts";
import type { Protocol } from "../lockstep/protocol.ts";
import { standardIo } from "../lockstep/repl/io.ts";
import { repl } from "../lockstep/repl/repl.ts";
import { scopeOfMistake, usualScope } from "../lockstep/repl/subject.ts";
import { chooseMistake, chooseProtocol, chooseScope } from "./choose.ts";
import { exitCode, MissingError, UsageError } from "./exit_code.ts";
import { Interrupt } from "./interrupt.ts";
import { printPart } from "./output.ts";
import { testImports } from "./replay.ts";
import { readUserFile } from "./user_files.ts";

interface Options {
  readonly scope?: string;
  readonly mistake?: string;
  readonly real?: true;
}

function readCase(path: string | undefined): CaseFile | undefined {
  return path === undefined ? undefined : parseCaseFile(readUserFile(path));
}

async function walk(
  protocols: readonly Protocol[],
  name: string,
  path: string | undefined,
  options: Options,
): Promise<number> {
  const protocol = chooseProtocol(protocols, name);
  const file = readCase(path);
  if (file !== undefined && file.protocol !== protocol.name) {
    throw new UsageError(`Cannot walk ${path}: it is a case of ${file.protocol}, not of ${protocol.name}`);
  }
  const mistake = options.mistake ?? file?.mistake;
  const known = mistake === undefined ? undefined : chooseMistake(protocol, mistake);
  const put = known === undefined ? undefined : scopeOfMistake(known, options.real);
  const { name: scopeName, scope } = chooseScope(
    protocol,
    options.scope ?? file?.scope ?? put ?? usualScope(protocol, options.real),
  );
  if (put !== undefined && scopeName !== put) {
    const how = options.real ? "beside its implementation" : "alone";
    const other = known?.scope === scopeName ? ", or with --real" : "";
    throw new UsageError(
      `Cannot walk ${mistake} ${how} in scope ${scopeName}: must be in scope ${put}${other}`,
    );
  }
  if (options.real) {
    const target = known === undefined ? scope.target : known.target?.();
    if (target === undefined) throw new UsageError(`Cannot walk beside ${mistake}: it has no implementation`);
    const { missing } = target.probe();
    if (missing.length > 0) throw new MissingError(`Cannot run ${target.name}: ${missing.join("; ")}`);
  }
  using interrupt = new Interrupt();
  await using io = standardIo(".lockstep/repl_history", printPart);
  await repl({
    protocol,
    imports: testImports,
    scope: scopeName,
    ...(mistake === undefined ? {} : { mistake }),
    ...(options.real ? { real: true } : {}),
    ...(file === undefined ? {} : { case: file }),
  }, {
    ...io,
    signal: {
      get aborted(): boolean {
        return interrupt.aborted || io.signal?.aborted === true;
      },
    },
  });
  return exitCode.ok;
}

/** Adds the verb. */
export function addRepl(
  program: Command,
  protocols: readonly Protocol[],
  end: (code: number) => void,
): void {
  program.command("repl").argument("<protocol>").argument("[case.json]", "a case to begin with")
    .description("walk a protocol by hand: see the state and what is possible, go back, look ahead")
    .option(
      "--scope <name>",
      "the size; by default the protocol's first one, with --real the first one that is driven",
    )
    .option("--mistake <name>", "walk this known mistake")
    .option("--real", "perform every step on the real implementation too")
    .action(async (name: string, path: string | undefined, options: Options) => {
      end(await walk(protocols, name, path, options));
    });
}
