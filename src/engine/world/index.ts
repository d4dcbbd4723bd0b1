/** The door of the starter world: everything other rooms may use. */

export { Rng, type RngState } from '../rng.ts';
export {
  BASE_KINDS,
  type BaseKind,
  type BaseSample,
  type BundleRequest,
  baseBundle,
  baseSample,
} from './base.ts';
export { type ParsedCompletion, parseCompletion } from './completion.ts';
export {
  type GenerateRequest,
  generate,
  type MixEntry,
  makeSample,
  type SampleRequest,
  sampleById,
  taskId,
} from './dataset.ts';
export { encodePng } from './png.ts';
export { TASKS, type TaskId } from './tasks/index.ts';
export type {
  AnswerType,
  Box,
  Evidence,
  Sample,
  Split,
  TaskDefinition,
  Verifier,
  WorldImage,
} from './types.ts';
export { SPLITS } from './types.ts';
export { verify } from './verify.ts';
