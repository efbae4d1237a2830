/**
 * `npm run parity:backbones`: loads random networks of torchvision and timm by name and compares features in both modes, the gradient of the
 * images, running statistics and parameter counts, live.
 *
 * Differences are relative in the Euclidean norm; training mode is compared with PyTorch in double precision, and PyTorch's own float32 error
 * is printed beside. In a gradient through many ReLUs, one gate that rounding flips changes it by a percent or so, in PyTorch as here: 5 % is
 * allowed there, 1e-4 everywhere else or four times PyTorch's own error.
 *
 * --seed N      other random weights (default 0)
 * --match TEXT  only networks whose name holds it
 *
 * Builds its own Python environment in the cache on the first call (PyTorch: several gigabytes). Exits with 1 when a network disagrees.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  caformer,
  loadWeights,
  resNet,
  vit,
  type Backbone,
  type CaformerOptions,
  type ResNetOptions,
  type VitOptions,
} from '@fovea/backbones';
import { readSafetensors, safeTensorFloats } from '@fovea/files';
import { key } from '@fovea/random';
import { ready, tf, type Tensor } from '@fovea/tensorflow';
import { torchPython } from './peers/environment.ts';

/** A network of `make_networks.py`. */
interface NetworkCase {
  readonly name: string;
  readonly kind: 'resnet' | 'vit' | 'caformer';
  readonly options: ResNetOptions | VitOptions | CaformerOptions;
  readonly parameters: number;
  /** PyTorch's own float32 error. */
  readonly own: Readonly<Record<string, number>>;
}

const TOLERANCE = 1e-4;
const SHARE = 4; // of the peer's own error
const FLIPPED_GATES = 0.05;

const { values: flags } = parseArgs({
  options: { seed: { type: 'string', default: '0' }, match: { type: 'string', default: '' } },
});
const python = torchPython();
await ready();
const folder = mkdtempSync(join(tmpdir(), 'fovea-parity-'));
try {
  const script = fileURLToPath(new URL('backbones/make_networks.py', import.meta.url));
  // Threads that wait must not spin: beside other work PyTorch would take minutes for what takes seconds.
  const env = { OMP_WAIT_POLICY: 'PASSIVE', ...process.env };
  execFileSync(python, [script, folder, flags.seed, flags.match], { stdio: 'inherit', env });
  const cases = JSON.parse(readFileSync(join(folder, 'cases.json'), 'utf8')) as NetworkCase[];
  let failed = 0;
  for (const [index, which] of cases.entries()) {
    const errors = compare(which, join(folder, String(index)));
    const allowed = (what: string): number => {
      const flips = what === 'gradient' && which.kind === 'resnet';
      return Math.max(TOLERANCE, SHARE * (which.own[what] ?? 0), flips ? FLIPPED_GATES : 0);
    };
    const isGood = Object.entries(errors).every(([what, error]) => error <= allowed(what));
    if (!isGood) failed++;
    const list = Object.entries(errors).map(([what, error]) => {
      const own = which.own[what];
      return `${what} ${error.toExponential(1)}${own === undefined ? '' : ` (its own ${own.toExponential(1)})`}`;
    });
    console.log(`${isGood ? '✓' : '✗'} ${which.name}: ${list.join(', ')}`);
  }
  console.log(`${cases.length - failed} agree, ${failed} do not`);
  process.exitCode = failed > 0 ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Norm of the difference over the norm, by what is compared. */
function compare({ kind, options, parameters }: NetworkCase, stem: string): Record<string, number> {
  const backbone: Backbone = {
    resnet: () => resNet(options as ResNetOptions, key(0)),
    vit: () => vit(options as VitOptions, key(0)),
    caformer: () => caformer(options as CaformerOptions, key(0)),
  }[kind]();
  loadWeights(`${stem}.weights.safetensors`, backbone);
  const results = new Map(
    [...readSafetensors(`${stem}.results.safetensors`).tensors].map(([name, tensor]) => [
      name,
      tf.tensor(safeTensorFloats(tensor), [...tensor.shape]),
    ]),
  );
  const at = (name: string): Tensor => results.get(name) ?? tf.zeros([1]);
  const errors: Record<string, number> = {
    count: Math.abs(backbone.parameters.count - parameters),
    eval: difference(backbone.forward(at('images'), 'eval'), at('eval')),
  };
  const probe = (images: Tensor): Tensor =>
    tf.sum(tf.mul(backbone.forward(images, 'train'), at('cotangent')));
  errors.gradient = difference(tf.grad(probe)(at('images')), at('gradient'));
  const moved = readSafetensors(`${stem}.after.safetensors`).tensors;
  const statistics = [...moved].map(([name, tensor]) =>
    difference(
      backbone.parameters.statistics.get(name) ?? tf.zeros([1]),
      tf.tensor(safeTensorFloats(tensor)),
    ),
  );
  if (statistics.length > 0) errors.statistics = Math.max(...statistics);
  errors.train = difference(backbone.forward(at('images'), 'train'), at('train'));
  tf.dispose([...results.values()]);
  backbone.parameters.dispose();
  return errors;
}

function difference(ours: Tensor, theirs: Tensor): number {
  return tf.tidy(() => {
    return tf.norm(tf.sub(ours, theirs)).dataSync()[0] / tf.norm(theirs).dataSync()[0];
  });
}
