import { notebookHost } from '../displays/host.ts';
import type { Comms } from './comms.ts';

/** The comms of the kernel that runs this code. */
export function comms(): Comms {
  const host = notebookHost();
  if (!host) throw new Error('comms: works only in a notebook.');
  return host.comms;
}
