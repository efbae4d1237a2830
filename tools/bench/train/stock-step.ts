import { tf, type Scalar, type Tensor4D, type Variable } from '@fovea/tensorflow';
import type { Settings } from './worker.ts';

/** The same network as a user of tfjs-node would write it: tf.moments, tf.batchNorm, tf.relu and tf.train.momentum, op by op. */
export function stockStep(which: Settings): () => number {
  if (which.network !== 'resnet18' || which.method !== 'supervised') {
    throw new Error('bench: stock tfjs-node has the supervised ResNet-18 alone.');
  }
  const variables: Variable[] = [];
  const make = (shape: number[], scale: number) => {
    const variable = tf.tidy(() =>
      tf.variable(tf.randomNormal(shape, 0, scale, 'float32', variables.length + 1)),
    );
    variables.push(variable);
    return variable;
  };
  const norm = (channels: number) => {
    const gamma = tf.tidy(() => tf.variable(tf.ones([channels])));
    const beta = tf.tidy(() => tf.variable(tf.zeros([channels])));
    variables.push(gamma, beta);
    return (x: Tensor4D) => {
      const { mean, variance } = tf.moments(x, [0, 1, 2]);
      return tf.batchNorm4d(x, mean.as1D(), variance.as1D(), beta.as1D(), gamma.as1D(), 1e-5);
    };
  };
  const unit = (inputs: number, outputs: number, kernel: number, stride: number) => {
    const weight = make([kernel, kernel, inputs, outputs], Math.sqrt(2 / (kernel * kernel * inputs)));
    const normalise = norm(outputs);
    return (x: Tensor4D) => normalise(tf.conv2d(x, weight as unknown as Tensor4D, stride, 'same'));
  };

  const stem = unit(3, which.width, 3, 1);
  const blocks: ((x: Tensor4D) => Tensor4D)[] = [];
  let inputs = which.width;
  for (let stage = 0; stage < 4; stage++) {
    for (let index = 0; index < 2; index++) {
      const outputs = which.width * 2 ** stage;
      const stride = stage > 0 && index === 0 ? 2 : 1;
      const [first, second] = [unit(inputs, outputs, 3, stride), unit(outputs, outputs, 3, 1)];
      const shortcut = inputs === outputs ? (x: Tensor4D) => x : unit(inputs, outputs, 1, stride);
      blocks.push((x) => tf.relu(tf.add(second(tf.relu(first(x))), shortcut(x)) as Tensor4D));
      inputs = outputs;
    }
  }
  const classifier = make([inputs, which.classes], 0.01);
  const optimiser = tf.train.momentum(which.learningRate, which.momentum);
  const { batch, resolution, classes } = which;
  const images = tf.randomNormal([batch, resolution, resolution, 3], 0, 1, 'float32', 1);
  const labels = tf.tidy(() =>
    tf.oneHot(tf.range(0, batch, 1, 'int32').mod(tf.scalar(classes, 'int32')), classes).toFloat(),
  );
  const loss = (): Scalar => {
    const features = blocks.reduce((x, block) => block(x), tf.relu(stem(images as Tensor4D)));
    const logits = tf.matMul(
      tf.mean(features, [1, 2]).as2D(which.batch, inputs),
      classifier.as2D(inputs, which.classes),
    );
    return tf.losses.softmaxCrossEntropy(labels, logits);
  };
  return () => {
    const value = optimiser.minimize(loss, true, variables) as Scalar; // cost was asked for
    const [number] = value.dataSync();
    value.dispose();
    return number;
  };
}
