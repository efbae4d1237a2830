import {
  basicBlock,
  batchNorm,
  bottleneck,
  convolution,
  maxPool,
  mlpHead,
  Parameters,
  patchEmbedding,
  sinCosPositionEmbedding,
  vitBlock,
  type Layer,
  type Mode,
} from '@fovea/backbones';
import { key } from '@fovea/random';
import { tf, type Scalar, type Tensor, type Tensor4D, type Variable } from '@fovea/tensorflow';
import { toTensor, type GoldenAdapter, type GoldenTensor } from '../adapter.ts';

type Inputs = Readonly<Record<string, GoldenTensor>>;

/** Golden name of a variable or statistic by ours, for the layers that a case holds. */
type Names = ReadonlyMap<string, string>;

interface BlockCase {
  readonly stride: number;
  readonly training: boolean;
  readonly downsample: boolean;
}

interface ConvCase {
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
  readonly pool: boolean;
}

interface SinCosCase {
  readonly gridH: number;
  readonly gridW: number;
  readonly dim: number;
  readonly temperature: number;
}

const VIT_NAMES: Names = new Map([
  ['norm1.weight', 'ln1G'],
  ['norm1.bias', 'ln1B'],
  ['attn.qkv.weight', 'qkvW'],
  ['attn.qkv.bias', 'qkvB'],
  ['attn.proj.weight', 'projW'],
  ['attn.proj.bias', 'projB'],
  ['norm2.weight', 'ln2G'],
  ['norm2.bias', 'ln2B'],
  ['mlp.fc1.weight', 'fc1W'],
  ['mlp.fc1.bias', 'fc1B'],
  ['mlp.fc2.weight', 'fc2W'],
  ['mlp.fc2.bias', 'fc2B'],
]);

export const adapters: GoldenAdapter<never>[] = [
  blockAdapter('resnetBasicBlock', basicBlock, 2),
  blockAdapter('resnetBottleneck', bottleneck, 3),
  {
    function: 'batchNorm1d',
    run: (inputs: Inputs, options: { affine: boolean; training: boolean }) => {
      const parameters = new Parameters(key(0));
      const layer = batchNorm(parameters, 'bn', { channels: inputs.x.shape[1], affine: options.affine });
      return run(layer, parameters, normNames('bn', 'bn_'), inputs, options.training ? 'train' : 'eval');
    },
  },
  {
    function: 'projectionHead',
    run: (inputs: Inputs, options: { lastBatchNorm: boolean }) => {
      const [inputsCount, hidden] = inputs.W1.shape;
      const outputNorm = options.lastBatchNorm ? ('affine' as const) : ('none' as const);
      const head = mlpHead(
        { inputs: inputsCount, hidden: [hidden], outputs: inputs.W2.shape[1], hiddenNorm: true, outputNorm },
        key(0),
      );
      const names = new Map([
        ['0.weight', 'W1'],
        ['1.weight', 'gamma1'],
        ['1.bias', 'beta1'],
        ['3.weight', 'W2'],
        ['3.bias', 'b2'],
      ]);
      return run(head.forward, head.parameters, names, inputs, 'train');
    },
  },
  {
    function: 'convPool',
    run: (inputs: Inputs, { kernel, stride, padding, pool }: ConvCase) => {
      const parameters = new Parameters(key(0));
      const [, , channels, outputs] = inputs.conv.shape;
      const layer = convolution(parameters, 'conv', { inputs: channels, outputs, kernel, stride, padding });
      const [weight] = parameters.weights.values();
      weight.assign(toTensor(inputs.conv));
      const x = tf.variable(toTensor<Tensor4D>(inputs.x));
      const pooled = (map: Tensor): Tensor => (pool ? maxPool(map) : map);
      const { value, grads } = tf.variableGrads(
        () => tf.sum(tf.square(tf.mean(pooled(layer(x, 'train')), [1, 2]))) as Scalar,
        [x, weight],
      );
      const conv_y = layer(x, 'train');
      const map = pooled(conv_y);
      const gradients = { x: grads[x.name], conv: grads[weight.name] };
      x.dispose();
      parameters.dispose();
      return { outputs: { loss: value, conv_y, pooled: map, mean: tf.mean(map, [1, 2]) }, gradients };
    },
  },
  {
    function: 'sinCosPositionEmbedding',
    run: (_, { gridH, gridW, dim, temperature }: SinCosCase) => ({
      outputs: { embedding: sinCosPositionEmbedding({ height: gridH, width: gridW, dim, temperature }) },
    }),
  },
  {
    function: 'patchEmbed',
    run: (inputs: Inputs, { patch }: { patch: number }) => {
      const parameters = new Parameters(key(0));
      const embed = patchEmbedding(parameters, { patch, dim: inputs.b.shape[0], frozen: false });
      const names = new Map([
        ['proj.weight', 'W'],
        ['proj.bias', 'b'],
      ]);
      return squaredOrProbed(parameters, names, inputs, (x) => ({ tokens: embed(x) }), 'tokens');
    },
  },
  {
    function: 'vitBlock',
    run: (inputs: Inputs, { heads, mlpRatio }: { heads: number; mlpRatio: number }) => {
      const parameters = new Parameters(key(0));
      const block = vitBlock(parameters, { dim: inputs.x.shape[2], heads, mlpRatio });
      const compute = (x: Tensor): Record<string, Tensor> => {
        const { tokens_NTD: y, attention_NHTT: attention } = block(x);
        const rows = tf.slice(attention, [0, 0, 0, 1], [-1, -1, 1, -1]);
        return { y, attention, clsAttention: tf.squeeze(rows, [2]) };
      };
      return squaredOrProbed(parameters, VIT_NAMES, inputs, compute, 'y');
    },
  },
] as GoldenAdapter<never>[];

function blockAdapter(
  name: string,
  block: typeof basicBlock | typeof bottleneck,
  convolutions: number,
): GoldenAdapter<BlockCase> {
  return {
    function: name,
    run: (inputs, { stride, training }) => {
      const parameters = new Parameters(key(0));
      const [, , channels, width] = inputs.conv1.shape;
      const layer = block(parameters, { inputs: channels, width, stride });
      const names = new Map<string, string>([['downsample.0.weight', 'downConv']]);
      for (const [ours, golden] of normNames('downsample.1', 'downBn_')) names.set(ours, golden);
      for (let index = 1; index <= convolutions; index++) {
        names.set(`conv${index}.weight`, `conv${index}`);
        for (const [ours, golden] of normNames(`bn${index}`, `bn${index}_`)) names.set(ours, golden);
      }
      return run(layer, parameters, names, inputs, training ? 'train' : 'eval');
    },
  };
}

function normNames(ours: string, golden: string): Names {
  return new Map([
    [`${ours}.weight`, `${golden}gamma`],
    [`${ours}.bias`, `${golden}beta`],
    [`${ours}.running_mean`, `${golden}mean`],
    [`${ours}.running_var`, `${golden}variance`],
  ]);
}

/** Loss sum(y * cotangent), its gradients and the running statistics of a layer whose variables hold the case's values. */
function run(layer: Layer, parameters: Parameters, names: Names, inputs: Inputs, mode: Mode) {
  const variables = new Map<string, Variable>([...parameters.weights, ...parameters.statistics]);
  for (const [ours, variable] of variables) {
    const golden = names.get(ours);
    if (golden === undefined || !(golden in inputs)) continue; // a case without affine terms or beta leaves ours at 1 and 0
    const value = tf.reshape(toTensor(inputs[golden]), variable.shape);
    variable.assign(value);
  }
  const x = tf.variable(toTensor<Tensor4D>(inputs.x));
  const cotangent = toTensor(inputs.cotangent);
  const { value, grads } = tf.variableGrads(
    () => tf.sum(tf.mul(layer(x, mode), cotangent)) as Scalar,
    [x, ...parameters.weights.values()],
  );
  const statistics = [...parameters.statistics].map(
    ([ours, variable]) => [names.get(ours), variable.clone()] as const,
  );
  const y = tf.tidy(() => layer(x, mode));
  const gradients: Record<string, Tensor> = { x: grads[x.name] };
  for (const [ours, variable] of parameters.weights)
    gradients[names.get(ours) ?? ours] = grads[variable.name];
  const outputs: Record<string, Tensor> = { loss: value, y };
  for (const [golden, tensor] of statistics) {
    if (golden !== undefined) outputs[golden] = outputs[golden.replace(/^bn_/, '')] = tensor;
  }
  x.dispose();
  parameters.dispose();
  return { outputs, gradients };
}

/** Outputs and gradients of sum(y * cotangent), or of sum(y^2) where the case has no cotangent. */
function squaredOrProbed(
  parameters: Parameters,
  names: Names,
  inputs: Inputs,
  compute: (x: Tensor) => Record<string, Tensor>,
  probed: string,
) {
  for (const [ours, variable] of parameters.weights) {
    const golden = names.get(ours);
    if (golden !== undefined) variable.assign(tf.reshape(toTensor(inputs[golden]), variable.shape));
  }
  const x = tf.variable(toTensor(inputs.x));
  const weight = 'cotangent' in inputs ? toTensor(inputs.cotangent) : undefined;
  const { value, grads } = tf.variableGrads(() => {
    const y = compute(x)[probed];
    return tf.sum(tf.mul(y, weight ?? y)) as Scalar;
  }, [x, ...parameters.weights.values()]);
  const outputs = { loss: value, ...compute(x) };
  const gradients: Record<string, Tensor> = { x: grads[x.name] };
  for (const [ours, variable] of parameters.weights)
    gradients[names.get(ours) ?? ours] = grads[variable.name];
  x.dispose();
  parameters.dispose();
  return { outputs, gradients };
}
