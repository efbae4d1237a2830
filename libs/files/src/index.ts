export { cacheDirectory } from './cache-directory.mjs';
export { canonicalJson, digest, digestJson, digestSources } from './digest.ts';
export { workspaceRoot } from './workspace-root.ts';
export { writeFileAtomic } from './write-file-atomic.ts';
