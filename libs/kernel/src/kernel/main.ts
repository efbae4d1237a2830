import { resolve } from 'node:path';
import { useCompileCache } from './compile-cache.ts';
import { historyFile } from './history-file.ts';
import { startKernel } from './kernel.ts';

const [connectionFile] = process.argv.slice(2);
if (!connectionFile) {
  process.stderr.write('usage: fovea-kernel CONNECTION_FILE\n');
  process.exit(2);
}
delete process.env.FORCE_COLOR; // of whatever started us: a notebook's text is compared, and is the same everywhere
useCompileCache('main');
startKernel({ connectionFile: resolve(connectionFile), folder: process.cwd(), historyFile: historyFile() });
