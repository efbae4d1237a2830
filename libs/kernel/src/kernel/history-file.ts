import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where inputs are remembered: `FOVEA_HISTORY`, where empty means nowhere, else the user's state folder. */
export function historyFile(): string | undefined {
  const given = process.env.FOVEA_HISTORY;
  if (given !== undefined) return given || undefined;
  const state = process.env.XDG_STATE_HOME ?? join(homedir(), '.local', 'state');
  return join(state, 'fovea', 'kernel-history.jsonl');
}
