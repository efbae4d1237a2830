import type { MimeBundle } from './mime-bundle.ts';

/** A TensorFlow.js layers model. */
export interface ModelLike {
  readonly layers: readonly unknown[];
  summary(lineLength?: number, positions?: number[], print?: (line: string) => void): void;
}

export function isModel(value: object): value is ModelLike {
  const { layers, summary } = value as Partial<ModelLike>;
  return Array.isArray(layers) && typeof summary === 'function';
}

/** The model's own summary table. */
export function modelBundle(model: ModelLike): MimeBundle {
  const lines: string[] = [];
  model.summary(90, undefined, (line) => lines.push(line));
  return { data: { 'text/plain': lines.join('\n') }, metadata: {} };
}
