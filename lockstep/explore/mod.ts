/**
 * The explorer: exhaustive search over machines, refinement between them.
 *
 * @module
 */
export type {
  AllowedAnswer,
  Exploration,
  ExploreOptions,
  Progress,
  Refusals,
  Trace,
  TraceStep,
  Violation,
  ViolationKind,
  Witness,
} from "./exploration.ts";
export { type Codec, compileCodec } from "./codec/codec.ts";
export { explore, exploreAsync, exploring } from "./explore.ts";
export { ThreadError } from "./workers/crew.ts";
export { exploreWorkers, type Recipe, type WorkerOptions } from "./workers/explore_workers.ts";
export { type Refinement, type RefineOptions, refines, refining } from "./refines.ts";
export { type ItfStep, type ItfTrace, toItf } from "./output/itf.ts";
export {
  type GraphEdge,
  type GraphNode,
  maximumDrawnStates,
  type StateGraph,
  stateGraph,
  toDot,
  toSvg,
} from "./output/state_graph.ts";
export { type Explanation, type Looked, why } from "./output/why.ts";
