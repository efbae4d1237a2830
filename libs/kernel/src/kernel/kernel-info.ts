import { readFileSync } from 'node:fs';
import { protocolVersion } from '../gateway/wire.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** Content of the `kernel_info_reply`. */
export const kernelInfo = {
  status: 'ok',
  protocol_version: protocolVersion,
  implementation: 'fovea',
  implementation_version: version,
  language_info: {
    name: 'typescript',
    version: '6.0',
    mimetype: 'text/typescript',
    file_extension: '.ts',
    pygments_lexer: 'typescript',
    codemirror_mode: { name: 'typescript', mime: 'text/typescript' },
    nbconvert_exporter: 'script',
  },
  banner: `Fovea ${version}, TypeScript on Node.js ${process.version}`,
  help_links: [{ text: 'TypeScript', url: 'https://www.typescriptlang.org/docs/' }],
  debugger: true,
  supported_features: ['debugger'],
} as const;
