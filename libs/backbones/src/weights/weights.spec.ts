import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSafetensors, writeSafetensors, type SafeTensor } from '@fovea/files';
import { key } from '@fovea/random';
import { randomNormal, tf, type Variable } from '@fovea/tensorflow';
import { afterAll, describe, expect, it } from 'vitest';
import type { Backbone } from '../backbone.ts';
import { caformer, type CaformerOptions } from '../caformer/caformer.ts';
import { resNet } from '../resnet/resnet.ts';
import { sinCosPositionEmbedding } from '../vit/sin-cos-position-embedding.ts';
import { vit, type VitOptions } from '../vit/vit.ts';
import { loadWeights } from './load-weights.ts';
import { networkOf } from './network-of.ts';
import { saveWeights } from './save-weights.ts';

const folder = mkdtempSync(join(tmpdir(), 'fovea-weights-'));
const path = join(folder, 'weights.safetensors');
afterAll(() => rmSync(folder, { recursive: true }));

const network = (seed: number) => resNet({ depth: 18, width: 4, stem: 'cifar' }, key(seed));
const form: VitOptions = {
  size: 'tiny',
  patch: 4,
  depth: 2,
  positions: { learned: 3 },
  frozenPatches: false,
};
const caformers: CaformerOptions[] = [
  {
    size: 's18',
    depths: [1, 2, 1, 1],
    dims: [4, 8, 32, 64],
    stem: 'cifar',
    activation: 'star-relu',
    residualScale: true,
    layerScale: null,
  },
  {
    size: 's18',
    depths: [1, 1, 1, 1],
    dims: [4, 8, 32, 32],
    stem: 'imagenet',
    activation: 'gelu',
    residualScale: false,
    layerScale: 1,
  },
];
const images = randomNormal(key(9), [2, 12, 12, 3]);

describe('saveWeights and loadWeights', () => {
  it('give back every variable, trained or not, bit by bit, and the name of the network', () => {
    const [ours, other] = [network(0), network(1)];
    ours.forward(images, 'train'); // so that running statistics differ from their start
    saveWeights(path, ours, { epochs: '8' });
    expect(readSafetensors(path).metadata).toEqual({
      format: 'fovea-weights-1',
      network: 'resnet18-w4-cifar',
      epochs: '8',
    });
    const report = loadWeights(path, other);
    expect(report).toEqual({ network: ours.name, prefix: '', missing: [], unexpected: [], ignored: [] });
    expect(values(other)).toEqual(values(ours));
    expect([...other.forward(images, 'eval').dataSync()]).toEqual([
      ...ours.forward(images, 'eval').dataSync(),
    ]);
    expect(() => saveWeights(path, ours, { format: 'x' })).toThrow(
      'the metadata "format" is the file\'s own',
    );
  });

  it('leave no tensor behind', () => {
    const backbone = network(0);
    const before = tf.memory().numTensors;
    saveWeights(path, backbone);
    loadWeights(path, backbone);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('loadWeights of a PyTorch state dict', () => {
  it.each([
    ['torchvision', '', []],
    ['a data-parallel run', 'module.', []],
    ['solo-learn', 'backbone.', ['momentum_backbone.']],
    ['MoCo', 'module.encoder_q.', ['module.encoder_k.']],
    ['MoCo v3', 'module.base_encoder.', ['module.momentum_encoder.']],
    ['SimSiam', 'module.encoder.', []],
  ])('finds the network of %s under "%s"', (_, prefix, copies) => {
    const [ours, other] = [network(0), network(1)];
    const dict = new Map(torchDict(ours, prefix));
    for (const copy of copies)
      for (const [name, tensor] of torchDict(network(2), copy)) dict.set(name, tensor);
    dict.set(`${prefix}fc.weight`, floats([10, 32]));
    dict.set(`${prefix}bn1.num_batches_tracked`, { dtype: 'I64', shape: [], data: BigInt64Array.of(5n) });
    writeSafetensors(path, dict);
    const report = loadWeights(path, other);
    expect(report.prefix).toBe(prefix);
    expect(report.ignored).toContain(`${prefix}fc.weight`);
    expect(report.ignored).toHaveLength(2 + copies.length * torchDict(ours, '').length);
    expect(values(other)).toEqual(values(ours));
  });

  it('understands the numbered children of lightly', () => {
    const [ours, other] = [network(0), network(1)];
    const children = { conv1: 0, bn1: 1, layer1: 4, layer2: 5, layer3: 6, layer4: 7 };
    const numbered = torchDict(ours, '').map(([name, tensor]): [string, SafeTensor] => {
      const [child, ...rest] = name.split('.');
      return [['backbone', children[child as 'conv1'], ...rest].join('.'), tensor];
    });
    writeSafetensors(path, new Map(numbered));
    expect(loadWeights(path, other).prefix).toBe('backbone.');
    expect(values(other)).toEqual(values(ours));
  });

  it("takes timm's vision transformers, with learnt and with fixed positions", () => {
    const [ours, other] = [vit(form, key(0)), vit(form, key(1))];
    writeSafetensors(path, new Map([...torchDict(ours, ''), ['head.weight', floats([10, 192])]]));
    loadWeights(path, other);
    expect(values(other)).toEqual(values(ours));

    const fixed = vit({ ...form, positions: 'sin-cos' }, key(2));
    expect(() => loadWeights(path, fixed)).toThrow('unexpected pos_embed;');
    const positions = sinCosPositionEmbedding({ height: 3, width: 3, dim: 192 });
    const tensor = floats([1, 10, 192], positions.dataSync() as Float32Array<ArrayBuffer>);
    writeSafetensors(path, new Map([...torchDict(ours, ''), ['pos_embed', tensor]]));
    expect(loadWeights(path, fixed).ignored).toEqual(['pos_embed']);
    expect([...(fixed.parameters.weights.get('cls_token') as Variable).dataSync()]).toEqual([
      ...(ours.parameters.weights.get('cls_token') as Variable).dataSync(),
    ]);
  });

  it('widens 16-bit floats', () => {
    const [ours, other] = [network(0), network(1)];
    const dict = new Map(torchDict(ours, ''));
    dict.set('bn1.weight', { dtype: 'BF16', shape: [4], data: Uint16Array.of(0x3f80, 0x4000, 0xc040, 0) });
    writeSafetensors(path, dict);
    loadWeights(path, other);
    expect([...(other.parameters.weights.get('bn1.weight') as Variable).dataSync()]).toEqual([1, 2, -3, 0]);
  });

  it('names what is missing, unexpected or of another shape, and assigns nothing', () => {
    const backbone = network(1);
    const before = values(backbone);
    const dict = new Map(torchDict(network(0), ''));
    dict.delete('layer4.1.bn2.bias');
    dict.set('layer5.0.conv1.weight', floats([1]));
    writeSafetensors(path, dict);
    expect(() => loadWeights(path, backbone)).toThrow(
      /does not fit resnet18-w4-cifar: missing layer4\.1\.bn2\.bias; unexpected layer5\.0\.conv1\.weight;/,
    );
    expect(loadWeights(path, network(2), { partial: true })).toMatchObject({
      missing: ['layer4.1.bn2.bias'],
      unexpected: ['layer5.0.conv1.weight'],
    });
    writeSafetensors(path, new Map([...torchDict(network(0), ''), ['conv1.weight', floats([4, 3, 7, 7])]]));
    for (const options of [{}, { partial: true }]) {
      expect(() => loadWeights(path, backbone, options)).toThrow(
        '"conv1.weight" of shape [7, 7, 3, 4]; this network needs [3, 3, 3, 4]',
      );
    }
    expect(values(backbone)).toEqual(before);
  });

  it("takes timm's CAFormers by name, without their classifiers", () => {
    for (const options of caformers) {
      const [theirs, ours] = [0, 1].map((seed) => caformer(options, key(seed)));
      writeSafetensors(
        path,
        new Map([...torchDict(theirs, 'module.'), ['module.head.fc.fc1.weight', floats([2, 2])]]),
      );
      expect(loadWeights(path, ours).ignored).toEqual(['module.head.fc.fc1.weight']);
      expect(values(ours)).toEqual(values(theirs));
    }
  });

  it('asks which network is meant where several stand side by side', () => {
    const dict = new Map([...torchDict(network(0), 'student.'), ...torchDict(network(2), 'teacher.')]);
    writeSafetensors(path, dict);
    const backbone = network(1);
    expect(() => loadWeights(path, backbone)).toThrow(
      "name one of 'student.', 'teacher.' with the option prefix",
    );
    expect(() => loadWeights(path, backbone, { prefix: 'online.' })).toThrow("no network under 'online.'");
    loadWeights(path, backbone, { prefix: 'teacher.' });
    expect(values(backbone)).toEqual(values(network(2)));
    writeSafetensors(path, new Map([['weight', floats([2])]]));
    expect(() => loadWeights(path, backbone)).toThrow('holds no ResNet, vision transformer or CAFormer');
    expect(() => loadWeights(path, backbone, { strict: false } as never)).toThrow("unknown option 'strict'");
  });
});

describe('networkOf', () => {
  it('reads architecture, width and stem off the shapes', () => {
    writeSafetensors(path, new Map(torchDict(network(0), 'module.')));
    expect(networkOf(path)).toEqual({ kind: 'resnet', options: { depth: 18, width: 4, stem: 'cifar' } });
    writeSafetensors(path, new Map(torchDict(vit(form, key(0)), '')));
    expect(networkOf(path)).toEqual({ kind: 'vit', options: form });
    for (const options of caformers) {
      writeSafetensors(path, new Map(torchDict(caformer(options, key(0)), 'backbone.')));
      expect(networkOf(path)).toEqual({ kind: 'caformer', options });
    }
    const cut = torchDict(network(0), '').filter(([name]) => !name.startsWith('layer3.1'));
    writeSafetensors(path, new Map(cut));
    expect(() => networkOf(path)).toThrow('a ResNet of 2, 2, 1, 2 basic blocks');
  });
});

/** Variables as numbers, in order of creation. */
function values({ parameters }: Pick<Backbone, 'parameters'>): number[][] {
  return [...parameters.weights.values(), ...parameters.statistics.values()].map((variable) => [
    ...variable.dataSync(),
  ]);
}

/** What PyTorch would save of the same network: convolutions OIHW, linear weights [out, in]. */
function torchDict({ parameters }: Pick<Backbone, 'parameters'>, prefix: string): [string, SafeTensor][] {
  return [...parameters.weights, ...parameters.statistics].map(([name, variable]) => {
    const order = { 4: [3, 2, 0, 1], 2: [1, 0] }[name.endsWith('.weight') ? variable.rank : 0];
    const theirs = order ? tf.transpose(variable, order) : variable;
    return [prefix + name, floats(theirs.shape, theirs.dataSync() as Float32Array<ArrayBuffer>)];
  });
}

function floats(shape: number[], data = new Float32Array(shape.reduce((a, b) => a * b, 1))): SafeTensor {
  return { dtype: 'F32', shape, data };
}
