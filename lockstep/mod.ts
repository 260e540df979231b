/**
 * Lockstep: write a protocol once as an executable state machine, explore it exhaustively, and drive it side by side
 * with the real implementation until the two disagree.
 *
 * @module
 */
export * from "./machine.ts";
export * from "./walk.ts";
export * from "./protocol.ts";
export { explore, exploreAsync, refines } from "./explore/mod.ts";
export type {
  Exploration,
  ExploreOptions,
  Refinement,
  RefineOptions,
  Trace,
  Violation,
} from "./explore/mod.ts";
export { asTarget } from "./drive/as_target.ts";
export { type Finding, lockstep, type LockstepOptions, type LockstepResult } from "./drive/lockstep.ts";
export { type CommandSource, listed, type Run, runCase, type RunStep, type Sides } from "./drive/run_case.ts";
export type { Case, Failure, Heard, Verdict } from "./drive/verdict.ts";
export { type CaseFile, CaseFileError, formatCaseFile, parseCaseFile } from "./drive/case_file.ts";
export { caseOf, explain, sidesOf } from "./check/sides.ts";
export { counterexample } from "./report/counterexample.ts";
export { terminalReport } from "./report/terminal.ts";
