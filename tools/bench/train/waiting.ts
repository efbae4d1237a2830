import { CIFAR_SIMCLR, openViewSource } from '@fovea/augment';
import { simClr } from '@fovea/methods';
import { fold, key, uniformArray } from '@fovea/random';
import { fit, sgd } from '@fovea/train';

const [IMAGES, BATCH, SIDE, EPOCHS] = [1024, 128, 32, 3];

/** Prints the share of the time that `fit` waits for views which worker threads make: SimCLR, ResNet-18 of width 16, 128 images of 32 pixels. */
export async function waiting(): Promise<void> {
  const pixels = Uint8Array.from(uniformArray(key(0), IMAGES * SIDE * SIDE * 3), (value) => value * 256);
  const views = openViewSource({
    images: { images: pixels, length: IMAGES, height: SIDE, width: SIDE, channels: 3 },
    recipe: CIFAR_SIMCLR,
    batch: BATCH,
    key: key(1),
  });
  const learner = simClr(
    {
      backbone: { depth: 18, width: 16, stem: 'cifar' },
      projector: { hidden: [256], outputs: 128, hiddenNorm: true, outputNorm: 'none' },
      temperature: 0.2,
    },
    fold(key(0), 'learner'),
  );
  try {
    const history = await fit({
      learner,
      views,
      key: key(2),
      epochs: EPOCHS,
      optimiser: sgd({ momentum: 0.9 }),
      learningRate: () => 0.01,
      monitor: false,
    });
    console.log(
      `Training waited ${(100 * history.waiting).toFixed(1)} % of the time for its views ` +
        `(target below 5 %), at ${history.imagesPerSecond.toFixed(0)} images/s.`,
    );
  } finally {
    learner.dispose();
    await views.close();
  }
}
