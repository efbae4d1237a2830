import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { workspaceRoot } from '@fovea/files';
import { z } from 'zod';

/**
 * A number that somebody else printed, tied to the arm and metric of ours that it stands beside.
 *
 * `sure`: `primary` was read in the paper or its authors' repository, `secondary` in a place that quotes them, `unverified` is neither.
 */
export const reportedValueSchema = z.strictObject({
  experiment: z.string().min(1),
  arm: z.string().min(1),
  metric: z.string().min(1).describe('name of our metric that measures the same quantity'),
  value: z.number(),
  spread: z.number().nonnegative().optional().describe('standard deviation, where one is reported'),
  unit: z.string().min(1),
  setting: z.string().min(1).describe('data set, backbone and schedule of the reported number'),
  source: z.string().min(1),
  sure: z.enum(['primary', 'secondary', 'unverified']),
  note: z.string().optional(),
});

export type ReportedValue = z.infer<typeof reportedValueSchema>;

/**
 * The committed list of reported values.
 *
 * @throws Error naming the file and the entry when the file is missing or breaks the schema
 */
export function readReportedValues(
  path: string = join(workspaceRoot(), 'results/reported.json'),
): ReportedValue[] {
  try {
    return z.array(reportedValueSchema).parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    throw new Error(`readReportedValues: ${path}: ${(error as Error).message}`, { cause: error });
  }
}
