import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Vitest's five seconds are for idle machines; a test that wants less says so. */
const PATIENCE = '--testTimeout 120000 --hookTimeout 120000';

/** The notebook that reads the records of all others. */
const OVERVIEW = 'overview';
const REPRODUCE = { reproduce: 'smoke', 'reproduce-small': 'small', 'reproduce-paper': 'paper' };

/**
 * Targets from files: a library with specs has `test`, a notebook has `reproduce`, the workspace has the checks of everything at once.
 * All are cached by what they read. `nx show project @fovea/losses` prints what was inferred.
 */
export const name = 'fovea';

const PATTERN =
  '{nx.json,libs/*/package.json,experiments/package.json,tools/cli/package.json,notebooks/*/*.ts}';

/** @type {import('nx/src/devkit-exports.js').CreateNodesV2} */
export const createNodesV2 = [
  PATTERN,
  (files, _options, { workspaceRoot }) =>
    files.flatMap((file) => {
      const project = projectOf(file, workspaceRoot);
      return project === undefined ? [] : [[file, { projects: { [project.root]: project } }]];
    }),
];

/**
 * @typedef {import('nx/src/devkit-exports.js').ProjectConfiguration} Project
 * @typedef {import('nx/src/devkit-exports.js').TargetConfiguration} Target
 */

/** @type {(file: string, workspaceRoot: string) => Project | undefined} */
function projectOf(file, workspaceRoot) {
  const root = dirname(file);
  if (file === 'nx.json') return workspaceProject(workspaceRoot);
  if (basename(file) === 'package.json') {
    const specs = filesBelow(join(workspaceRoot, root), /\.spec\.ts$/);
    return specs.length === 0 ? { root } : { root, targets: { test: testTarget(root) } };
  }
  const notebook = basename(root);
  return basename(file) === `${notebook}.ts` ? notebookProject(root, notebook, workspaceRoot) : undefined;
}

/** @type {(root: string) => Target} */
function testTarget(root) {
  return {
    ...vitest(root, '', root, ['tests', '^sources', 'toolchain']),
    metadata: { description: `Vitest over ${root}` },
  };
}

/**
 * A target a profile, each with the one folder of records and the notebook that it may write: the executed notebook of `small` stands beside its script,
 * those of the others stay out of the repository.
 *
 * @type {(root: string, notebook: string, workspaceRoot: string) => Project}
 */
function notebookProject(root, notebook, workspaceRoot) {
  const others = readdirSync(join(workspaceRoot, dirname(root))).filter((name) => name !== OVERVIEW);
  const inputs = ['{projectRoot}/**/*.ts', 'everySource', 'toolchain', { env: 'FOVEA_DATA' }];
  /** @type {Record<string, Target>} */
  const targets = {};
  for (const [name, profile] of Object.entries(REPRODUCE)) {
    const executed =
      profile === 'small' ? `${root}/${notebook}.ipynb` : `.fovea/notebooks/${profile}/${notebook}.ipynb`;
    targets[name] = {
      ...target(`fovea notebook run ${root} --profile ${profile} --to ${executed}`, inputs),
      outputs: [`{workspaceRoot}/results/${notebook}/${profile}`, `{workspaceRoot}/${executed}`],
      // It takes seconds, and what it reads is written by the others.
      ...(notebook === OVERVIEW && {
        cache: false,
        dependsOn: [{ projects: others.map((other) => `notebook-${other}`), target: name }],
      }),
      metadata: { description: `Runs ${root} headlessly at profile ${profile} and writes its records` },
    };
  }
  return { root, name: `notebook-${notebook}`, targets };
}

/** @type {(workspaceRoot: string) => Project} */
function workspaceProject(workspaceRoot) {
  const sources = ['everything', 'toolchain'];
  const plainTests = filesBelow(join(workspaceRoot, 'tools/setup'), /\.spec\.mjs$/);
  /** @type {Record<string, Target>} */
  const targets = {
    typecheck: target('node node_modules/typescript/bin/tsc -p tsconfig.json', sources),
    lint: target('eslint --max-warnings 0 .', sources),
    format: target('prettier --check --log-level warn .', sources),
    unused: target('knip', sources),
    'tools-test': vitest('tools', ' contract/ kernel/ lint/ nx/ parity/ readme/', 'tools', sources),
  };
  if (plainTests.length > 0) {
    const files = plainTests.map((file) => `tools/setup/${file}`).join(' ');
    const report = '.fovea/reports/setup.xml';
    const reporters = `--test-reporter spec --test-reporter-destination stdout --test-reporter junit --test-reporter-destination ${report}`;
    targets['setup-test'] = {
      ...target(`mkdir -p .fovea/reports && node --test ${reporters} ${files}`, [
        '{workspaceRoot}/tools/setup/**/*',
        'toolchain',
      ]),
      outputs: [`{workspaceRoot}/${report}`],
    };
  }
  return { root: '.', name: 'workspace', targets };
}

/**
 * A Vitest run that leaves its counts in `.fovea/reports`, where `fovea test` adds them up, also after a cache hit.
 *
 * @type {(root: string, filters: string, name: string, inputs: NonNullable<Target['inputs']>) => Target}
 */
function vitest(root, filters, name, inputs) {
  const report = `.fovea/reports/${name.replaceAll('/', '-')}.xml`;
  const up = '../'.repeat(root.split('/').length);
  const reporters = `--reporter=default --reporter=junit --outputFile.junit=${up}${report}`;
  return {
    ...target(`vitest run --root ${root}${filters} ${PATIENCE} ${reporters}`, inputs),
    outputs: [`{workspaceRoot}/${report}`],
  };
}

/** @type {(command: string, inputs: NonNullable<Target['inputs']>) => Target} */
function target(command, inputs) {
  return { command, options: { cwd: '{workspaceRoot}' }, cache: true, inputs, outputs: [] };
}

/**
 * Names, relative to the folder, of the files below it that match; sorted, so that a command never changes by chance.
 *
 * @type {(folder: string, pattern: RegExp) => string[]}
 */
function filesBelow(folder, pattern) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && pattern.test(entry.name))
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    )
    .filter((path) => !path.includes('node_modules/'))
    .sort();
}
