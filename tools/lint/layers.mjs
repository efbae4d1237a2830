import { dirname, relative, resolve } from 'node:path';

/**
 * The layers, lowest first: a library imports only from rows above its own in this list, never from its own row or a row below.
 * `results` stands high because records know nothing of tensors, networks or training.
 */
export const LAYERS = [
  ['files', 'random'],
  ['tensorflow', 'kernel', 'results'],
  ['losses', 'backbones', 'data', 'augment'],
  ['saliency'],
  ['methods', 'eval'],
  ['train'],
  ['experiments'],
  ['cli'],
];

/** @type {Map<string, number>} */
const ROW = new Map(LAYERS.flatMap((names, row) => names.map((name) => [name, row])));

/**
 * Name and folder of the package that a path relative to the root belongs to.
 *
 * @param {string} path
 * @returns {{ name?: string, folder?: string }}
 */
function packageOf(path) {
  const library = /^libs\/([^/]+)\//.exec(path);
  if (library?.[1]) return { name: library[1], folder: `libs/${library[1]}` };
  if (path.startsWith('experiments/')) return { name: 'experiments', folder: 'experiments' };
  if (path.startsWith('tools/cli/')) return { name: 'cli', folder: 'tools/cli' };
  return {};
}

/** What a notebook may import although its globals already hold it. */
const FURTHER_DOORS = new Set(['@fovea/kernel/notebook']);

/**
 * What is wrong with importing `specifier` in the file at `path` (relative to the root), or undefined.
 *
 * @param {string} path
 * @param {string} specifier
 * @param {boolean} isType
 * @returns {string | undefined}
 */
export function importProblem(path, specifier, isType = false) {
  const { name, folder } = packageOf(path);
  if (specifier.startsWith('.')) return relativeProblem(path, specifier, folder);
  if (/^@tensorflow\//.test(specifier) && name !== 'tensorflow' && !isType) {
    return `import { tf } from '@fovea/tensorflow', not '${specifier}': the workspace has one TensorFlow.`;
  }
  const match = /^@fovea\/([^/]+)(\/.*)?$/.exec(specifier);
  const [, other, deep] = match ?? [];
  if (!other) return undefined;
  if (deep && !FURTHER_DOORS.has(specifier))
    return `import from '@fovea/${other}', its only door, not '${specifier}'.`;
  const row = ROW.get(other);
  if (row === undefined) return noLayer(other);
  if (name === undefined) return undefined;
  const own = ROW.get(name);
  if (own === undefined) return noLayer(name);
  if (name === other) return `'@fovea/${name}' must not import itself: use a relative path.`;
  return row < own
    ? undefined
    : `'@fovea/${name}' must not import '@fovea/${other}': only libraries of a lower layer (tools/lint/layers.mjs).`;
}

/** @param {string} name */
function noLayer(name) {
  return `'@fovea/${name}' is in no layer: add it to tools/lint/layers.mjs.`;
}

/**
 * @param {string} path
 * @param {string} specifier
 * @param {string | undefined} folder
 */
function relativeProblem(path, specifier, folder) {
  const target = relative('/', resolve('/', dirname(path), specifier)).replaceAll('\\', '/');
  // Plain scripts that run before any package is installed share plain modules with the libraries.
  if (path.startsWith('tools/') && path.endsWith('.mjs') && target.endsWith('.mjs')) return undefined;
  if (folder === undefined) {
    return /^(libs|experiments)\//.test(target) ? `import '${specifier}' by its package name.` : undefined;
  }
  return target.startsWith(`${folder}/`)
    ? undefined
    : `'${specifier}' leaves ${folder}: import other libraries as '@fovea/…', and tools never.`;
}

/**
 * ESLint rule: every import, export-from, dynamic import and import type keeps to the layers.
 *
 * @type {import('eslint').Rule.RuleModule}
 */
export const layers = {
  meta: { type: 'problem', docs: { description: 'imports keep to the layers' }, schema: [] },
  create(context) {
    const path = relative(context.cwd, context.filename).replaceAll('\\', '/');
    /** @type {(node: any, source: any, isType?: boolean) => void} */
    const check = (node, source, isType = false) => {
      if (typeof source?.value !== 'string') return;
      const message = importProblem(path, source.value, isType);
      if (message) context.report({ node, message });
    };
    /** @type {(node: any) => void} */
    const checkDeclaration = (node) => check(node, node.source, onlyTypes(node));
    return {
      ImportDeclaration: checkDeclaration,
      ExportNamedDeclaration: checkDeclaration,
      ExportAllDeclaration: checkDeclaration,
      ImportExpression: (node) => check(node, node.source),
      /** @param {any} node */
      TSImportType: (node) => check(node, node.source ?? node.argument?.literal, true),
      /** @param {any} node */
      'CallExpression[callee.name="require"]': (node) => check(node, node.arguments[0]),
      /** @param {any} node */
      'CallExpression[callee.callee.name="createRequire"]': (node) => check(node, node.arguments[0]),
    };
  },
};

/** @param {any} node */
function onlyTypes(node) {
  if (node.importKind === 'type' || node.exportKind === 'type') return true;
  /** @type {{ importKind?: string, exportKind?: string }[]} */
  const specifiers = node.specifiers ?? [];
  return specifiers.length > 0 && specifiers.every((item) => (item.importKind ?? item.exportKind) === 'type');
}
