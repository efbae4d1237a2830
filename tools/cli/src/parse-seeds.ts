import { InvalidArgumentError } from 'commander';

/** Seeds of a command line: `0-4`, `0,2` or a mixture. @throws InvalidArgumentError for anything else */
export function parseSeeds(text: string): number[] {
  const seeds = text.split(',').flatMap((part) => {
    const [, low, high] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? [];
    if (low === undefined)
      throw new InvalidArgumentError(`seeds are numbers such as 0-4 or 0,2, got "${text}".`);
    const [from, to] = [Number(low), Number(high ?? low)];
    return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
  });
  if (seeds.length === 0) throw new InvalidArgumentError(`seeds "${text}" are none.`);
  return [...new Set(seeds)];
}
