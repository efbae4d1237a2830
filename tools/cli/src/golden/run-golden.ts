import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { tf } from '@fovea/tensorflow';
import { strict, type GoldenAdapter } from './adapter.ts';
import { compareCase } from './compare-case.ts';
import { readGoldenFile, type GoldenCase, type GoldenFile } from './read-golden-file.ts';
import { loadAdapters } from './load-adapters.ts';

/** Numbers of cases. */
export interface GoldenSummary {
  readonly passed: number;
  readonly failed: number;
  /** Cases of functions without an adapter, under `skipUnknown`. */
  readonly skipped: number;
}

export interface RunGoldenOptions {
  /** Count cases of functions that no adapter knows as skipped instead of failed. Default false. */
  readonly skipUnknown?: boolean;
  /** Where lines go. Default `console.log`. */
  readonly write?: (line: string) => void;
  /** Folder of adapter files. Default `adapters/` beside this file. */
  readonly adapterDirectory?: string;
}

/**
 * Compares every golden file of a folder with the functions exported here, a line a case.
 *
 * A value passes when |ours - golden| <= atol + 1e-5 |golden|; integers and booleans must be equal.
 *
 * @throws Error when the folder is missing or holds no `.json` file
 */
export async function runGolden(directory: string, options: RunGoldenOptions = {}): Promise<GoldenSummary> {
  const { skipUnknown = false, write = console.log, adapterDirectory } = options;
  const files = goldenFiles(directory);
  const { adapters, failures } = await loadAdapters(adapterDirectory);
  const summary = { passed: 0, failed: failures.length, skipped: 0 };
  for (const failure of failures) write(`✗ ${failure}`);
  for (const path of files) {
    let file: GoldenFile;
    try {
      file = readGoldenFile(path);
    } catch (error) {
      summary.failed++;
      write(`✗ ${message(error)}`);
      continue;
    }
    const adapter = adapters.get(file.function);
    if (!adapter) {
      const cases = `${file.cases.length} case${file.cases.length === 1 ? '' : 's'}`;
      summary[skipUnknown ? 'skipped' : 'failed'] += file.cases.length;
      write(
        skipUnknown
          ? `- ${file.function}   unknown function, ${cases} skipped`
          : `✗ ${file.function}   unknown function (${cases}): no adapter has this name; --skip-unknown leaves it out`,
      );
      continue;
    }
    for (const goldenCase of file.cases) {
      const { passed, detail } = await runCase(adapter, goldenCase);
      summary[passed ? 'passed' : 'failed']++;
      write(`${passed ? '✓' : '✗'} ${file.function} / ${goldenCase.name}   ${detail}`);
    }
  }
  write(
    `${summary.passed} passed, ${summary.failed} failed${summary.skipped > 0 ? `, ${summary.skipped} skipped` : ''}`,
  );
  return summary;
}

async function runCase(
  adapter: GoldenAdapter,
  goldenCase: GoldenCase,
): Promise<{ passed: boolean; detail: string }> {
  tf.engine().startScope();
  try {
    const wanted = {
      outputs: Object.keys(goldenCase.outputs),
      gradients: Object.keys(goldenCase.gradients),
    };
    const result = await adapter.run(strict(goldenCase.inputs, 'input'), goldenCase.options, wanted);
    return compareCase(goldenCase, result);
  } catch (error) {
    return { passed: false, detail: message(error) };
  } finally {
    tf.engine().endScope();
  }
}

function goldenFiles(directory: string): string[] {
  if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) {
    throw new Error(
      `golden: ${directory} is not a folder; give the folder that holds the golden .json files.`,
    );
  }
  const names = readdirSync(directory).filter((name) => name.endsWith('.json'));
  if (names.length === 0) throw new Error(`golden: ${directory} holds no .json file; nothing was compared.`);
  return names.sort((a, b) => (basename(a) < basename(b) ? -1 : 1)).map((name) => join(directory, name));
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
