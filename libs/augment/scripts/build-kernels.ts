/** `npm run kernels -w libs/augment`: compiles kernels/*.as into src/kernels/kernels.wasm, which is committed. */
import { writeFileSync } from 'node:fs';
import { compileKernels } from './compile-kernels.ts';

const binary = await compileKernels();
writeFileSync(new URL('../src/kernels/kernels.wasm', import.meta.url), binary);
process.stdout.write(`src/kernels/kernels.wasm: ${binary.length} bytes\n`);
