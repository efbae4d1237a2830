#!/usr/bin/env node
// Prints the state of everything that the set-up makes, and what to do about what is broken. Changes nothing.
import { pathToFileURL } from 'node:url';
import { createContext } from './context.mjs';
import { diagnose } from './diagnose.mjs';

const marks = { ok: '✓', broken: '✗', none: '–' };

/**
 * @param {import('./diagnose.mjs').Finding[]} findings
 * @returns {string}
 */
export function formatFindings(findings) {
  const width = Math.max(...findings.map(({ name }) => name.length));
  return findings
    .flatMap(({ state, name, value, fix }) => [
      `${marks[state]} ${name.padEnd(width)}  ${value}`,
      ...(fix ? [`  ${' '.repeat(width)}  → ${fix}`] : []),
    ])
    .join('\n');
}

/**
 * @param {string[]} args
 * @returns {Promise<number>} the exit status
 */
export async function doctor(args, context = createContext()) {
  const unknown = args.find((arg) => arg !== '--json');
  if (unknown !== undefined) {
    console.error(`doctor: unknown option ${unknown}; the only one is --json.`);
    return 2;
  }
  const findings = await diagnose(context);
  const isSound = findings.every(({ state }) => state !== 'broken');
  console.log(
    args.includes('--json') ? JSON.stringify({ ok: isSound, findings }, null, 2) : formatFindings(findings),
  );
  return isSound ? 0 : 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  process.exitCode = await doctor(process.argv.slice(2));
