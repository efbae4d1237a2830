import { jsonChanges } from './json-changes.ts';
import type { ResultRecord } from './record.ts';

/** What a record's run would be made of today; leave out what is not known. */
export interface Today {
  /** The arm's resolved config; null when the experiment has no such arm any more. */
  readonly config?: ResultRecord['config'] | null;
  /** `codeDigest(…)` of what the experiment uses. */
  readonly code?: ResultRecord['code'];
  readonly datasets?: ResultRecord['datasets'];
}

/**
 * Why a record no longer stands for what the repository would produce, one line a reason; none when it still does.
 *
 * @example
 * staleReasons(record, { code: codeDigest(parts) }); // ['code: @fovea/losses changed']
 */
export function staleReasons(record: ResultRecord, today: Today): string[] {
  return [
    ...configReasons(record, today.config),
    ...codeReasons(record.code, today.code),
    ...dataReasons(record.datasets, today.datasets),
  ];
}

function configReasons({ config, arm }: ResultRecord, now: Today['config']): string[] {
  if (now === undefined) return [];
  if (now === null) return [`config: the experiment has no arm ${arm} at this profile any more`];
  return jsonChanges(config, now).map(({ path, a, b }) => {
    if (a === undefined) return `config: ${path} is new: ${JSON.stringify(b)}`;
    if (b === undefined) return `config: ${path} is gone, was ${JSON.stringify(a)}`;
    return `config: ${path} was ${JSON.stringify(a)}, is ${JSON.stringify(b)}`;
  });
}

function codeReasons(was: ResultRecord['code'], now: ResultRecord['code'] | undefined): string[] {
  if (now === undefined || now.digest === was.digest) return [];
  return digestReasons('code', was.parts, now.parts);
}

function dataReasons(was: ResultRecord['datasets'], now: Today['datasets']): string[] {
  if (now === undefined) return [];
  const digests = (datasets: ResultRecord['datasets']): Record<string, string> =>
    Object.fromEntries(datasets.map(({ name, digest }) => [name, digest]));
  return digestReasons('data', digests(was), digests(now));
}

function digestReasons(
  kind: string,
  was: Readonly<Record<string, string>>,
  now: Readonly<Record<string, string>>,
): string[] {
  const names = [...new Set([...Object.keys(was), ...Object.keys(now)])].sort();
  return names
    .filter((name) => was[name] !== now[name])
    .map((name) => {
      if (!Object.hasOwn(was, name)) return `${kind}: ${name} is used now`;
      return `${kind}: ${name} ${Object.hasOwn(now, name) ? 'changed' : 'is not used any more'}`;
    });
}
