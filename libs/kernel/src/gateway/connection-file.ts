import { readFileSync } from 'node:fs';

/** What a Jupyter client tells a kernel about the sockets it must open. */
export interface Connection {
  readonly transport: string;
  readonly ip: string;
  readonly key: string;
  readonly shell_port: number;
  readonly control_port: number;
  readonly stdin_port: number;
  readonly iopub_port: number;
  readonly hb_port: number;
}

/** @throws where the file is not a connection file */
export function readConnectionFile(file: string): Connection {
  const value = JSON.parse(readFileSync(file, 'utf8')) as Partial<Connection> & { signature_scheme?: string };
  for (const port of ['shell_port', 'control_port', 'stdin_port', 'iopub_port', 'hb_port'] as const) {
    if (!Number.isInteger(value[port]))
      throw new Error(`readConnectionFile: ${port} must be a port, got ${value[port]}.`);
  }
  if (value.key && value.signature_scheme && value.signature_scheme !== 'hmac-sha256') {
    throw new Error(
      `readConnectionFile: signature_scheme must be hmac-sha256, got ${value.signature_scheme}.`,
    );
  }
  return { transport: 'tcp', ip: '127.0.0.1', key: '', ...value } as Connection;
}

/** ZeroMQ's address of one channel. */
export function address({ transport, ip }: Connection, port: number): string {
  return transport === 'ipc' ? `ipc://${ip}-${port}` : `${transport}://${ip}:${port}`;
}
