export { tarEntries, type TarEntry } from './archive/tar-entries.ts';
export { npmPackageFiles, type FetchPackage, type NpmPackage } from './cache/npm-package.ts';
export { CIFAR10_CLASSES, loadCifar10, type Cifar10Options } from './datasets/cifar10.ts';
export { decodeRgb, type DecodeExpectation } from './decode-rgb.ts';
export { imageSet, type Image, type ImageSet, type ImageSetFields, type Split } from './image-set.ts';
