import { resolve } from 'node:path';
import { historyFile } from './history-file.ts';
import { startKernel } from './kernel.ts';

const [connectionFile] = process.argv.slice(2);
if (!connectionFile) {
  process.stderr.write('usage: fovea-kernel CONNECTION_FILE\n');
  process.exit(2);
}
startKernel({ connectionFile: resolve(connectionFile), folder: process.cwd(), historyFile: historyFile() });
