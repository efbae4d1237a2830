import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');

interface Measured {
  readonly accuracies: Record<string, Record<string, number>>;
}

describe('the measured difficulty of EmojiScenes', () => {
  const { accuracies } = JSON.parse(read('lists/emoji-scenes-difficulty.json')) as Measured;

  it('is what the README shows', () => {
    const rows = read('README.md')
      .split('<!-- written by npm run measure:emoji-scenes -->')[1]
      .split('\n')
      .filter((line) => /\d \|/.test(line))
      .map((line) =>
        line
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim()),
      );
    const wanted = Object.entries(accuracies).map(([name, row]) => [
      name,
      ...Object.values(row).map((value) => (100 * value).toFixed(1)),
    ]);
    expect(rows).toEqual(wanted);
  });
  it('is low for pixels and colours and high for a supervised network, on every test', () => {
    const [pixels, colours, network] = Object.values(accuracies);
    for (const test of Object.keys(network)) {
      expect(network[test], test).toBeGreaterThan(2 * pixels[test]);
      expect(network[test], test).toBeGreaterThan(3 * colours[test]);
    }
    expect(network['known drawings']).toBeGreaterThan(0.8);
  });
});
