export { compileCell } from './compiler/compile-cell.ts';
export type { CellImport, CompiledCell, CompileResult } from './compiler/compile-cell.ts';
export {
  installKernelSpec,
  kernelSpec,
  type InstallTarget,
  type KernelSpec,
} from './install/install-kernelspec.ts';
export { startKernel, type KernelOptions } from './kernel/kernel.ts';
export { startGateway, type StartedGateway } from './kernel/start-gateway.ts';
export { notebookReport, type NotebookCell, type NotebookReport } from './session/notebook-report.ts';
