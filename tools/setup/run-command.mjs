import { spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const guard = fileURLToPath(new URL('command-guard.mjs', import.meta.url));
const keptCharacters = 200_000;

/** @typedef {{ ok: boolean, status: string, stdout: string, output: string, log: string }} CommandResult */

/**
 * Runs a command to its end, with everything it prints in a log. The command dies with this process.
 *
 * @param {string[]} command
 * @param {{ log: string, cwd?: string, env: NodeJS.ProcessEnv, onLine?: (line: string) => void, onSpawn?: (pid: number) => void }} options
 * @returns {Promise<CommandResult>}
 */
export function runCommand(command, { log, cwd, env, onLine, onSpawn }) {
  mkdirSync(dirname(log), { recursive: true });
  writeFileSync(log, `$ ${command.join(' ')}\n`);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [guard, ...command], { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] });
    if (child.pid !== undefined) onSpawn?.(child.pid);
    child.stdin.on('error', () => undefined).write('\n');
    let output = '';
    let stdout = '';
    /** @param {Buffer} chunk */
    const take = (chunk) => {
      const text = chunk.toString();
      output = (output + text).slice(-keptCharacters);
      appendQuietly(log, text);
      for (const line of text.split('\n')) if (line.trim()) onLine?.(line.trim());
    };
    child.stdout.on('data', (chunk) => {
      stdout = (stdout + chunk).slice(-keptCharacters);
      take(chunk);
    });
    child.stderr.on('data', take);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const status = signal ? `ended by ${signal}` : `exit status ${code}`;
      resolve({ ok: code === 0, status, stdout, output, log });
    });
  });
}

/**
 * A log that cannot be written (a full disk) must not hide the command's own failure.
 *
 * @param {string} path
 * @param {string} text
 */
function appendQuietly(path, text) {
  try {
    appendFileSync(path, text);
  } catch {
    // The output itself is kept in memory.
  }
}
