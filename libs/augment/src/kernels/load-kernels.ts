import { readFileSync } from 'node:fs';

/** The memory of the kernels; `grow` detaches what was laid over its buffer before. */
export interface KernelMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** The compiled kernels and their memory. */
export interface Kernels {
  readonly memory: KernelMemory;
  firstPass(from: number, to: number): number;
  secondPass(): void;
  blurPass(): void;
}

/** What is used of the engine's WebAssembly, which the types of Node 20 leave out. */
interface Engine {
  readonly validate: (bytes: Uint8Array) => boolean;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: Kernels };
}

let loaded: Kernels | null | undefined;

/** The kernels of this thread, or null where this JavaScript engine has no WebAssembly SIMD. */
export function loadKernels(): Kernels | null {
  if (loaded === undefined) {
    const bytes = readFileSync(new URL('./kernels.wasm', import.meta.url));
    const { validate, Module, Instance } = Reflect.get(globalThis, 'WebAssembly') as Engine;
    loaded = validate(bytes) ? new Instance(new Module(bytes)).exports : null;
  }
  return loaded;
}

/** Makes the memory hold at least `bytes`. */
export function reserve(memory: KernelMemory, bytes: number): void {
  const missing = bytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / 65_536));
}
