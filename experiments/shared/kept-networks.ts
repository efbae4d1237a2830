import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { loadWeights, saveWeights, type Backbone } from '@fovea/backbones';
import { workspaceRoot } from '@fovea/files';
import { backboneOf, type BackboneOptions } from '@fovea/methods';
import { key } from '@fovea/random';

/** Where networks of runs longer than `smoke` are kept, so that a notebook can show what they look at without training them again. */
const folder = (): string => join(workspaceRoot(), '.fovea/networks');

/** Keeps the evaluated network of a run under the id of its record. */
export function keepNetwork(id: string, backbone: Backbone): void {
  mkdirSync(folder(), { recursive: true });
  saveWeights(pathOf(id), backbone);
}

/** Whether the network of a record is kept on this machine. */
export function isNetworkKept(id: string): boolean {
  return existsSync(pathOf(id));
}

/** The kept network of a record; the caller frees it. */
export function keptNetwork(id: string, options: BackboneOptions): Backbone {
  const backbone = backboneOf(options, key(0));
  loadWeights(pathOf(id), backbone);
  return backbone;
}

function pathOf(id: string): string {
  return join(folder(), `${id}.safetensors`);
}
