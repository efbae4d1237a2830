import { z } from 'zod';
import { recordSchema } from './record.ts';

/** The record as a JSON Schema (draft 2020-12), for tools that are not ours; `record.schema.json` is its committed text. */
export function recordJsonSchema(): Record<string, unknown> {
  return { title: 'Fovea result record', ...z.toJSONSchema(recordSchema) };
}
