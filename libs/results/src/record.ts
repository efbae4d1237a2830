import { z } from 'zod';

/** Version that new records carry; older files are brought up by the steps of `migrateRecord`. */
export const RECORD_SCHEMA_VERSION = 1;

const slug = z
  .string()
  .regex(/^[a-z0-9]+(?:[-.][a-z0-9]+)*$/, 'must be lower-case words joined by "-" or "."');
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits');
const finite = z.number();
const text = z.string().min(1);

/** `protocol.….quantity`: the protocol is part of the name, so that two protocols can never be compared by mistake. */
const metricName = z
  .string()
  .regex(
    /^[a-z][a-zA-Z0-9-]*(?:\.[a-zA-Z0-9-]+)+$/,
    'must name its protocol and quantity, as in knn.k20.t0.07.top1',
  );

export const directionSchema = z
  .enum(['higher', 'lower', 'equal'])
  .describe('which way is better; "equal": a change either way is worse');

export const metricSchema = z.strictObject({
  name: metricName,
  value: finite,
  unit: text.describe('"%", "1" for a pure number, "nats", "s", …'),
  direction: directionSchema,
  n: z.int().positive().describe('how many items the value is taken over'),
});

export const curveSchema = z
  .strictObject({
    name: text,
    unit: text,
    x: z.enum(['epoch', 'step']),
    at: z.array(finite).describe('places on the x axis'),
    values: z.array(finite),
  })
  .refine((curve) => curve.at.length === curve.values.length, 'at and values must be equally long');

export const provenanceSchema = z.strictObject({
  command: text.describe('the command that produced the record'),
  date: z.iso.datetime(),
  wallSeconds: z.number().nonnegative(),
  git: z
    .strictObject({ commit: z.string().regex(/^[0-9a-f]{40,64}$/), dirty: z.boolean() })
    .nullable()
    .describe('null outside a git checkout'),
  lockDigest: sha256.nullable().describe('of package-lock.json; null where there is none'),
  node: text,
  platform: text,
  backend: z.strictObject({ name: text, version: text }).describe('what ran the tensor ops'),
  threads: z.int().positive(),
  cpu: z.strictObject({ model: z.string(), cores: z.int().positive(), features: z.array(text) }),
});

export const recordSchema = z.strictObject({
  schemaVersion: z.literal(RECORD_SCHEMA_VERSION),
  id: z.string().regex(/^[0-9a-f]{16}$/, 'must be 16 hexadecimal digits'),
  experiment: slug,
  arm: slug,
  profile: z.enum(['smoke', 'small', 'paper']),
  seed: z.int().nonnegative(),
  config: z.record(z.string(), z.json()).describe('every option as resolved, defaults included'),
  datasets: z.array(z.strictObject({ name: text, digest: sha256 })),
  code: z.strictObject({
    digest: sha256,
    parts: z.record(z.string(), sha256).describe('source digest of each package used'),
  }),
  metrics: z
    .array(metricSchema)
    .refine((metrics) => new Set(metrics.map(({ name }) => name)).size === metrics.length, {
      message: 'a metric name must not occur twice',
    }),
  curves: z.array(curveSchema),
  tags: z.array(text).describe('RECON marks a reconstruction of an equation that readable sources lack'),
  provenance: provenanceSchema,
});

export type Direction = z.infer<typeof directionSchema>;
export type Metric = z.infer<typeof metricSchema>;
export type Curve = z.infer<typeof curveSchema>;
export type Provenance = z.infer<typeof provenanceSchema>;
/** One finished run: what determined it, what came out, and where it came from. */
export type ResultRecord = z.infer<typeof recordSchema>;
export type Profile = ResultRecord['profile'];
