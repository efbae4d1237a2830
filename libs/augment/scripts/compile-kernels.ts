import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The sources: AssemblyScript, named `.as` because its types are not those of TypeScript. */
const SOURCES = fileURLToPath(new URL('../kernels/', import.meta.url));

/** What is used of the compiler; its own declarations would change the types of arrays everywhere. */
interface Compiler {
  main(
    options: readonly string[],
    io: {
      readFile(name: string): string | null;
      writeFile(name: string, contents: Uint8Array | string): void;
      listFiles(): string[];
    },
  ): Promise<{ readonly error: Error | null }>;
}

/**
 * Compiles the view kernels to WebAssembly. The same sources and compiler give the same bytes on every machine.
 *
 * @throws Error with the compiler's messages when a source is wrong
 */
export async function compileKernels(): Promise<Uint8Array> {
  const path = createRequire(import.meta.url).resolve('assemblyscript/dist/asc.js');
  const compiler = (await import(pathToFileURL(path).href)) as Compiler;
  const written: Uint8Array[] = [];
  const flags = ['-O3', '--converge', '--noAssert', '--runtime', 'stub', '--enable', 'simd'];
  const { error } = await compiler.main(['index.ts', ...flags, '--outFile', 'kernels.wasm'], {
    readFile: (name) => {
      try {
        return readFileSync(`${SOURCES}${basename(name, '.ts')}.as`, 'utf8');
      } catch {
        return null; // the compiler asks for every place where a module could lie
      }
    },
    writeFile: (_, contents) => {
      if (typeof contents !== 'string') written.push(contents);
    },
    listFiles: () => [],
  });
  if (error !== null) throw new Error('compileKernels: the sources do not compile.', { cause: error });
  return written[0];
}
