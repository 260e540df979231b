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
  Trace,
  TraceStep,
  Violation,
  ViolationKind,
} from "./exploration.ts";
export { explore, exploreAsync, exploring } from "./explore.ts";
export { type Refinement, type RefineOptions, refines, refining } from "./refines.ts";
