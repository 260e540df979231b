/**
 * Lockstep: write a protocol once as an executable state machine, explore it exhaustively, and drive it side by side
 * with the real implementation until the two disagree.
 *
 * @module
 */
export * from "./machine.ts";
export * from "./walk.ts";
export * from "./protocol.ts";
export type * from "./picture.ts";
export { explore, exploreAsync, refines, stateGraph, toDot, toItf, toSvg, why } from "./explore/mod.ts";
export type {
  AllowedAnswer,
  Explanation,
  Exploration,
  ExploreOptions,
  GraphEdge,
  GraphNode,
  ItfStep,
  ItfTrace,
  Looked,
  Progress,
  Refinement,
  RefineOptions,
  Refusals,
  StateGraph,
  Trace,
  TraceStep,
  Violation,
  ViolationKind,
  Witness,
} from "./explore/mod.ts";
export { exploreWorkers, type Recipe, type WorkerOptions } from "./explore/workers/explore_workers.ts";
export { ThreadError } from "./explore/workers/crew.ts";
export { asTarget } from "./drive/as_target.ts";
export type { BelievedLimits } from "./drive/believed.ts";
export { BudgetExceeded } from "./drive/budget.ts";
export {
  type Finding,
  lockstep,
  type LockstepOptions,
  type LockstepResult,
  type ShrinkOptions,
} from "./drive/lockstep.ts";
export {
  type CommandSource,
  listed,
  type Run,
  runCase,
  type RunSoFar,
  type RunStep,
  type Sides,
} from "./drive/run_case.ts";
export type { Answered, Case, Failure, Heard, Verdict } from "./drive/verdict.ts";
export {
  type CaseFile,
  CaseFileError,
  caseFileVersion,
  checkCase,
  formatCaseFile,
  parseCaseFile,
} from "./drive/case_file.ts";
export { caseOf, commandLines, explain, sidesOf, type SidesOfScope, surroundings } from "./check/sides.ts";
export { checkProtocol } from "./check/check_protocol.ts";
export type {
  ExploreSummary,
  LockstepSummary,
  ProtocolCheck,
  RefineSummary,
  TourSummary,
} from "./check/protocol_check.ts";
export type { RaceSummary } from "./check/races.ts";
export type { CheckOptions } from "./check/check_options.ts";
export type { BugSummary } from "./check/find_mistakes.ts";
export { counterexample } from "./report/counterexample.ts";
export type {
  Counterexample,
  CounterexampleExtra,
  CounterexampleStep,
  CounterexampleVerdict,
  Environment,
} from "./report/counterexample.ts";
export { counterexampleVersion } from "./report/report_data.ts";
export type { Change } from "./report/changes.ts";
export type { ProgramOptions } from "./report/program.ts";
export { terminalReport } from "./report/terminal.ts";
export {
  assertAgreed,
  assertLockstep,
  assertScopeAgrees,
  type CaseLiteral,
  Disagreement,
  type LockstepDemands,
} from "./report/assert_agreed.ts";
export { type Face, faceOf, faces } from "./report/faces.ts";
export { junitCasesOf } from "./report/ci_results.ts";
export { type JunitCase, junitXml } from "./report/junit.ts";
export { readEnvironment } from "./report/environment.ts";
export { counterexampleOfViolation } from "./report/counterexample.ts";
export { parseJsonReport, ReportError } from "./report/json.ts";
export { repl } from "./repl/repl.ts";
export type { ReplSubject } from "./repl/subject.ts";
export { type ReplIo, ScriptedIo, standardIo } from "./repl/io.ts";
export { tour, type TourOptions, type TourResult } from "./tour/tour.ts";
export {
  minimal,
  type Minimality,
  minimalityWords,
  type MinimalOptions,
  type MinimalResult,
} from "./minimal/minimal.ts";
export type { Distinction, OtherFailure } from "./minimal/enumeration.ts";
export type { UnseenAnswers } from "./tour/unseen.ts";
export { FailureStore, type Replayed, type StoredFailure } from "./drive/failure_store.ts";
export {
  historyOf,
  type Linearization,
  linearize,
  type RecordedOperation,
  type Stuck,
} from "./race/linearize.ts";
export type { History, HistoryOperation } from "./report/history.ts";
