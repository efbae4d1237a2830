export { cacheDirectory } from './cache-directory.mjs';
export { concatenated } from './concatenated.ts';
export { canonicalJson, digest, digestJson, digestSources } from './digest.ts';
export {
  decodeSafetensors,
  encodeSafetensors,
  readSafetensors,
  safeTensorFloats,
  writeSafetensors,
  type SafeTensor,
  type SafetensorsFile,
} from './safetensors.ts';
export type { SafeDtype } from './safetensors-dtypes.ts';
export { workspaceRoot } from './workspace-root.ts';
export { writeFileAtomic } from './write-file-atomic.ts';
