#!/usr/bin/env node
// Makes this machine ready. Nothing but built-in modules, and nothing imported before Node's own version is known to do.

const minimum = '20.19.0';

if (!isAtLeast(process.versions.node, minimum)) {
  const fix = process.platform === 'darwin' ? 'brew install node@22' : 'sudo npx --yes n 22';
  console.error(
    `✗ prerequisites: Node.js >= ${minimum}\n  found: ${process.versions.node} (${process.execPath})\n  fix:   ${fix}`,
  );
  process.exit(1);
}
const [{ createContext }, { runSetup }] = await Promise.all([
  import('./context.mjs'),
  import('./run-setup.mjs'),
]);
process.exitCode = await runSetup(createContext());

/**
 * @param {string} version
 * @param {string} least
 */
function isAtLeast(version, least) {
  const [have, want] = [version, least].map((text) => text.split('.').map(Number));
  const differs = want.findIndex((part, i) => part !== have[i]);
  return differs === -1 || have[differs] > want[differs];
}
