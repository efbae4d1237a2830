import { InvalidArgumentError } from 'commander';

/** A flag's text as a positive whole number. */
export function positive(text: string): number {
  const value = Number(text);
  if (!(Number.isInteger(value) && value > 0))
    throw new InvalidArgumentError('It must be a positive whole number.');
  return value;
}
