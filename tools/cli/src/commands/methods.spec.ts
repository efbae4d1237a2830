import { METHODS } from '@fovea/methods';
import { Command } from 'commander';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { addMethodsCommand } from './methods.ts';

function printed(...args: string[]): string {
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  const program = new Command().exitOverride();
  addMethodsCommand(program);
  program.parse(['node', 'fovea', 'methods', ...args]);
  return log.mock.calls.map(([line]) => String(line)).join('\n');
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('fovea methods', () => {
  it('lists every method of the registry with what tests it', () => {
    const lines = printed().split('\n');
    for (const name of METHODS.keys()) {
      const line = lines.find((text) => text.startsWith(`${name} `));
      expect(line, name).toMatch(/tested/);
    }
  });
  it('shows one in full, reconstructions by their tag', () => {
    const text = printed('sgcl-byol');
    expect(text).toContain('RECON: score, weights, lambda');
    expect(text).toContain('arXiv 2302.11461');
  });
  it('prints JSON without functions', () => {
    const [first] = JSON.parse(printed('bam', '--json')) as [Record<string, unknown>];
    expect(first).toMatchObject({ name: 'bam', file: 'bam.ts' });
    expect(first.make).toBeUndefined();
  });
  it('names the methods there are when asked for another', () => {
    expect(() => printed('bma')).toThrow("methods: there is no method 'bma'; there are bam,");
  });
});
