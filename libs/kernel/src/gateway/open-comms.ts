import type { JsonObject } from './channel-messages.ts';

/** Which comms are open, on whichever side they were opened. */
export class OpenComms {
  readonly #targets = new Map<string, string>();

  track(kind: string, content: JsonObject): void {
    if (kind === 'comm_open') this.#targets.set(String(content.comm_id), String(content.target_name));
    else if (kind === 'comm_close') this.#targets.delete(String(content.comm_id));
  }

  /** As a `comm_info_reply` lists them. */
  info(wanted: unknown): JsonObject {
    const comms = [...this.#targets].filter(([, target]) => wanted === undefined || target === wanted);
    return Object.fromEntries(comms.map(([id, target]) => [id, { target_name: target }]));
  }
}
