import { readFileSync } from 'node:fs';

export { display, newDisplay, type Display } from './displays/display.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** Which tslab this is: ours, so that notebooks written for tslab run unchanged. */
export const versions = { tslab: `fovea ${version}`, typescript: '6.0', node: process.version };
