import type { ChannelStatistics } from '../ops/normalize.ts';

/** Of the 50,000 training images of CIFAR-10. Source: measured on the lossless pixels; equals the published values to 4 digits. */
export const CIFAR10_STATISTICS: ChannelStatistics = {
  mean: [0.4914, 0.4822, 0.4465],
  std: [0.247, 0.2435, 0.2616],
};

/** Of ImageNet-1k. Source: torchvision's model zoo. */
export const IMAGENET_STATISTICS: ChannelStatistics = {
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
};
