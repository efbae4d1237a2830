// Runs one command that must not outlive the set-up: its standard input ends when the set-up dies, SIGKILL included.
// Without it an orphaned `npm ci` would go on writing node_modules under the next set-up.
// It begins only at the first byte of input, which the set-up sends once the lock names this process.
import { spawn } from 'node:child_process';

const [command, ...args] = process.argv.slice(2);
process.stdin.once('data', () => {
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  child.on('error', (error) => {
    console.error(error.message);
    process.exit(127);
  });
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 128)));
  process.stdin.on('end', () => child.kill('SIGKILL'));
});
