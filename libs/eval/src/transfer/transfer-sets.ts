/** How a data set of the transfer benchmarks is laid out, split and scored. */
export interface TransferSet {
  readonly name: string;
  readonly classes: number;
  /** `mean-per-class` where the classes of the test split differ in size. */
  readonly score: 'top1' | 'mean-per-class';
  /** Which rows train, choose and test. */
  readonly splits: string;
  /** What its archive holds: the files that the lists are read from. */
  readonly layout: string;
}

/**
 * The data sets of transfer by linear classifiers, with the scores of Kornblith et al. 2019 (also SimCLR, BYOL, TWIST).
 *
 * CIFAR, Imagenette, Caltech-101 and EmojiScenes are opened by `@fovea/data`; `transferList` reads the others' layouts.
 */
export const transferSets = {
  flowers: {
    name: 'Oxford 102 Flowers',
    classes: 102,
    score: 'mean-per-class',
    splits: 'train + val to train, val to choose on, test',
    layout: 'jpg/image_00001.jpg …, imagelabels.mat, setid.mat',
  },
  cars: {
    name: 'Stanford Cars',
    classes: 196,
    score: 'top1',
    splits: 'train, a fifth of it held out to choose on, test',
    layout: 'cars_train/, cars_test/, devkit/cars_train_annos.mat, devkit/cars_test_annos_withlabels.mat',
  },
  aircraft: {
    name: 'FGVC Aircraft, variants',
    classes: 100,
    score: 'mean-per-class',
    splits: 'train + val to train, val to choose on, test',
    layout: 'data/images/, data/variants.txt, data/images_variant_{train,val,test}.txt',
  },
  food: {
    name: 'Food-101',
    classes: 101,
    score: 'top1',
    splits: 'train, a fifth of it held out to choose on, test',
    layout: 'images/<class>/, meta/classes.txt, meta/{train,test}.txt',
  },
  caltech101: {
    name: 'Caltech-101',
    classes: 101,
    score: 'mean-per-class',
    splits: '30 images a class train (15 in the packed set), the rest test',
    layout: 'a packed set, or one folder of images a class',
  },
  cifar10: {
    name: 'CIFAR-10',
    classes: 10,
    score: 'top1',
    splits: 'train, its committed validation list to choose on, test',
    layout: 'the authors’ archives, or npm',
  },
  cifar100: {
    name: 'CIFAR-100',
    classes: 100,
    score: 'top1',
    splits: 'train, a tenth of it held out to choose on, test',
    layout: 'the authors’ archives',
  },
  imagenette: {
    name: 'Imagenette',
    classes: 10,
    score: 'top1',
    splits: 'train, its committed validation list to choose on, val as test',
    layout: 'a packed set, or one folder of images a class',
  },
  'emoji-scenes': {
    name: 'EmojiScenes, one object a scene',
    classes: 12,
    score: 'top1',
    splits:
      'scenes drawn from one seed train, a fifth of them held out to choose on, those of another seed test',
    layout: 'rendered from npm packages',
  },
} as const satisfies Record<string, TransferSet>;
