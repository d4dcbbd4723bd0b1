/** The door of the starter world: everything other rooms may use. */
export { BASE_KINDS, type BaseKind, baseBundle, baseSample, type BaseSample, type BundleRequest } from './base.ts';
export { direct, parseCompletion, type ParsedCompletion, thoughtful } from './completion.ts';
export { generate, type GenerateRequest, makeSample, type MixEntry, sampleById, type SampleRequest, taskId } from './dataset.ts';
export { encodePng } from './png.ts';
export { Rng, type RngState } from '../rng.ts';
export { type TaskId, TASKS } from './tasks/index.ts';
export type { AnswerType, Box, Evidence, Sample, Split, TaskDefinition, Verifier, WorldImage } from './types.ts';
export { SPLITS } from './types.ts';
export { verify } from './verify.ts';
