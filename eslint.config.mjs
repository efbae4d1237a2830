import eslint from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { plugin } from './tools/lint/plugin.mjs';

export default defineConfig(
  { ignores: ['**/node_modules/', '**/dist/', '.nx/', '.fovea/', '**/.venv/', 'results/', '**/*.cjs'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  eslint.configs.recommended,
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { fovea: plugin },
    rules: {
      'fovea/layers': 'error',
      'fovea/no-unkeyed-random': 'error',
      'no-restricted-properties': [
        'error',
        {
          object: 'process',
          property: 'chdir',
          message: 'Build paths from workspaceRoot() of @fovea/files.',
        },
      ],
      eqeqeq: 'error',
      'no-param-reassign': 'error',
      'object-shorthand': 'error',
      'prefer-template': 'error',
      'max-lines': ['error', 300],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-unused-vars': [
        'error',
        {
          argsIgnorePattern: '^_',
          varsIgnorePattern: '^_',
          destructuredArrayIgnorePattern: '^_',
          ignoreRestSiblings: true,
        },
      ],
      // A number in a message is the point of the message.
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // Wrong here twice: numeric code reads arrays without noUncheckedIndexedAccess, so an index that may miss counts as there; and public
      // functions check at run time what their types rule out, for a notebook without types or a config from JSON.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // `() => store.close()` as a callback says what it means.
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      // Loops over typed arrays need their index, and read alike.
      '@typescript-eslint/prefer-for-of': 'off',
      // Interfaces here describe records of functions, made of closures; none of their members uses `this`.
      '@typescript-eslint/unbound-method': 'off',
      // tfjs' ops are generic in the rank they return, so `as Tensor2D` is how code says which one it is.
      '@typescript-eslint/no-unnecessary-type-assertion': 'off',
      // An asynchronous interface (an evaluator, a spec that runs an example) may have an implementation that never waits.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['libs/**/*.ts'],
    ignores: ['**/*.spec.ts', '**/testing/**'],
    // A library returns values and throws errors; who called it decides what to print.
    rules: { 'no-console': 'error', '@typescript-eslint/explicit-module-boundary-types': 'error' },
  },
  {
    // Where keyed draws are made, where a recorded step refuses unkeyed ones, and where only time is measured.
    files: ['libs/tensorflow/src/random.ts', 'libs/tensorflow/src/compile/*.ts', 'tools/bench/**'],
    rules: { 'fovea/no-unkeyed-random': 'off' },
  },
  {
    // Runs the example of a README, which is text.
    files: ['**/readme.spec.ts'],
    rules: { '@typescript-eslint/no-implied-eval': 'off', '@typescript-eslint/no-unsafe-call': 'off' },
  },
  {
    files: ['**/*.spec.ts'],
    rules: {
      'max-lines': 'off',
      // A spec knows what it put there.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    // Notebooks are percent scripts outside the TypeScript project; the kernel checks their types cell by cell.
    // Pages run in a browser.
    files: ['**/*.mjs', 'notebooks/**/*.ts', 'libs/*/page/*.js'],
    extends: [tseslint.configs.disableTypeChecked],
    // TypeScript checks the names in plain modules (checkJs).
    rules: { 'no-undef': 'off' },
  },
);
