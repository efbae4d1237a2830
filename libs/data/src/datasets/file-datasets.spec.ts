import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { vocColour } from '../files/decode-palette-mask.ts';
import {
  loadCifarBinary,
  loadCifarPython,
  loadCoco,
  loadDavis,
  loadImageFolder,
  loadImageList,
  loadImageMaskFolders,
  loadStl10,
  loadVoc,
} from '../index.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fovea-data-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function put(path: string, data: string | Uint8Array): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), data);
}

async function picture(path: string, value = 0): Promise<void> {
  put(
    path,
    await sharp(Buffer.alloc(5 * 4 * 3, value), { raw: { width: 5, height: 4, channels: 3 } })
      .png()
      .toBuffer(),
  );
}

/** A palette mask whose pixels hold 0, 1, 2 … and 255 at the end. */
async function paletteMask(path: string): Promise<void> {
  const rgb = Uint8Array.from({ length: 60 }, (_, at) => {
    const pixel = Math.floor(at / 3);
    return (vocColour(pixel === 19 ? 255 : pixel) >> (16 - 8 * (at % 3))) & 255;
  });
  put(
    path,
    await sharp(rgb, { raw: { width: 5, height: 4, channels: 3 } })
      .png()
      .toBuffer(),
  );
}

describe('loadImageFolder', () => {
  it('takes folders for classes, or the classes it is given', async () => {
    await picture('cat/1.png', 7);
    await picture('cat/2.PNG');
    await picture('dog/1.png', 9);
    put('dog/readme.txt', 'no image');
    const set = loadImageFolder(folder, { name: 'pets', split: 'train' });
    expect([[...set.labels], set.names]).toEqual([
      [0, 0, 1],
      ['cat/1.png', 'cat/2.PNG', 'dog/1.png'],
    ]);
    expect((await set.image(2)).data[0]).toBe(9);
    const dogs = loadImageFolder(folder, { name: 'dogs', split: 'train', classes: ['dog'] });
    expect([dogs.length, dogs.classes]).toEqual([1, ['dog']]);
    expect(() => loadImageFolder(folder, { name: 'x', split: 'train', classes: ['cow'] })).toThrow(
      'cow does not exist',
    );
    expect(() => loadImageFolder(join(folder, 'none'), { name: 'x', split: 'train' })).toThrow(
      'one folder of images per class',
    );
    await expect(set.image(3)).rejects.toThrow('pets: index must be an integer in [0, 3), got 3');
  });
  it('takes a flat folder for unlabelled images', async () => {
    await picture('b.png');
    await picture('a.png');
    const set = loadImageFolder(folder, { name: 'flat', split: 'unlabelled' });
    expect([set.names, [...set.labels]]).toEqual([
      ['a.png', 'b.png'],
      [-1, -1],
    ]);
    rmSync(join(folder, 'a.png'));
    rmSync(join(folder, 'b.png'));
    expect(() => loadImageFolder(folder, { name: 'flat', split: 'train' })).toThrow(
      'flat: no image was found',
    );
  });
});

describe('loadImageList', () => {
  it('reads "path label" lines and the lists of SimCLR', async () => {
    await picture('n01/n01_7.JPEG');
    await picture('a b/x.png');
    put('list.txt', 'a b/x.png 1\nn01_7.JPEG\n\n');
    const options = { name: 'l', split: 'train', root: folder, classes: ['n01', 'n02'] } as const;
    const set = loadImageList(join(folder, 'list.txt'), options);
    expect([set.names, [...set.labels]]).toEqual([
      ['a b/x.png', 'n01/n01_7.JPEG'],
      [1, 0],
    ]);
    put('list.txt', 'a b/x.png 1\nn03_7.JPEG\n');
    expect(() => loadImageList(join(folder, 'list.txt'), options)).toThrow(
      "line 2 ('n03_7.JPEG') names no class",
    );
    put('list.txt', 'gone.png 0\n');
    expect(() => loadImageList(join(folder, 'list.txt'), options)).toThrow(
      'gone.png is listed but does not exist',
    );
  });
});

describe('loadImageMaskFolders', () => {
  it('joins images and masks by name', async () => {
    await picture('image/a.png');
    await picture('mask/a.png', 255);
    const options = {
      name: 'duts',
      split: 'train',
      images: join(folder, 'image'),
      masks: join(folder, 'mask'),
    } as const;
    const set = loadImageMaskFolders(options);
    expect((await set.mask?.(0))?.data).toEqual(new Uint8Array(20).fill(255));
    await picture('image/b.png');
    expect(() => loadImageMaskFolders(options)).toThrow('b.png has no mask b.* in');
    expect(() => loadImageMaskFolders({ ...options, masks: join(folder, 'none') })).toThrow(
      'download DUTS-TR.zip',
    );
  });
  it('refuses a colour picture as a mask', async () => {
    await picture('image/a.png');
    await paletteMask('mask/a.png');
    const set = loadImageMaskFolders({
      name: 'd',
      split: 'train',
      images: join(folder, 'image'),
      masks: join(folder, 'mask'),
    });
    await expect(set.mask?.(0)).rejects.toThrow('has colours, so it is no grey mask');
  });
});

describe('loadVoc', () => {
  const annotation = (extra = ''): string =>
    `<annotation><object><name>dog</name><difficult>1</difficult><bndbox><xmin>2</xmin><ymin>1</ymin><xmax>4</xmax><ymax>3</ymax></bndbox>${extra}</object></annotation>`;
  it('reads boxes from 1-based inclusive edges and class masks from palette colours', async () => {
    await picture('VOC2007/JPEGImages/000001.jpg');
    put('VOC2007/ImageSets/Main/test.txt', '000001\n');
    put('VOC2007/ImageSets/Segmentation/val.txt', '000001\n');
    const part =
      '<part><name>head</name><bndbox><xmin>9</xmin><ymin>9</ymin><xmax>9</xmax><ymax>9</ymax></bndbox></part>';
    put('VOC2007/Annotations/000001.xml', annotation(part));
    await paletteMask('VOC2007/SegmentationClass/000001.png');
    const boxes = loadVoc(folder, { year: 2007, list: 'test', task: 'detection' });
    expect(boxes.objects?.(0)).toEqual([{ box: [1, 0, 4, 3], label: 11, instance: 0, ignore: true }]);
    const masks = loadVoc(folder, { year: 2007, list: 'val', task: 'segmentation' });
    expect([...((await masks.mask?.(0))?.data ?? [])]).toEqual([
      ...Array.from({ length: 19 }, (_, i) => i),
      255,
    ]);
    expect(masks.classes[12]).toBe('dog');
  });
  it('says what to download, and names broken annotations', async () => {
    expect(() => loadVoc(folder, { year: 2012, list: 'val', task: 'detection' })).toThrow(
      'Download VOCtrainval (and VOCtest) of 2012',
    );
    await picture('VOC2007/JPEGImages/1.jpg');
    put('VOC2007/ImageSets/Main/val.txt', '1');
    const load = () => loadVoc(folder, { year: 2007, list: 'val', task: 'detection' });
    put('VOC2007/Annotations/1.xml', annotation().slice(0, 60));
    expect(load).toThrow('1.xml is cut short');
    put('VOC2007/Annotations/1.xml', annotation().replace('dog', 'wolf'));
    expect(load).toThrow("names class 'wolf', which is none of the 20");
    put('VOC2007/Annotations/1.xml', annotation().replace('xmin', 'xmim'));
    expect(load).toThrow('an object without <xmin>');
  });
});

describe('loadDavis', () => {
  it('gives sequences of frames with object numbers', async () => {
    put('ImageSets/2017/val.txt', 'bear\n');
    for (const frame of ['00001', '00000']) {
      await picture(`JPEGImages/480p/bear/${frame}.jpg`);
      await paletteMask(`Annotations/480p/bear/${frame}.png`);
    }
    const [{ name, frames }] = loadDavis(folder, 'val');
    expect([name, frames.names]).toEqual(['bear', ['bear/00000', 'bear/00001']]);
    expect((await frames.mask?.(1))?.data[3]).toBe(3);
    expect(() => loadDavis(folder, 'train')).toThrow('Download DAVIS-2017-trainval-480p.zip');
  });
});

describe('loadCoco', () => {
  const file = {
    images: [{ id: 4, file_name: 'a.jpg', height: 4, width: 5 }],
    categories: [{ id: 18, name: 'dog' }, { id: 90, name: 'toothbrush' }],
    annotations: [
      { id: 1, image_id: 4, category_id: 90, bbox: [1, 1, 2, 2], area: 4, iscrowd: 0, segmentation: [[1, 1, 3, 1, 3, 3, 1, 3]] },
      { id: 2, image_id: 4, category_id: 18, bbox: [0, 0, 2, 4], area: 8, iscrowd: 1, segmentation: { size: [4, 5], counts: [0, 8, 12] } },
    ],
  }; // prettier-ignore
  const options = () =>
    ({
      annotations: join(folder, 'a.json'),
      images: join(folder, 'val'),
      name: 'coco',
      split: 'test',
    }) as const;
  it('draws polygons over crowds and keeps boxes in the same order', async () => {
    await picture('val/a.jpg');
    put('a.json', JSON.stringify(file));
    const set = loadCoco(options());
    expect(set.objects?.(0)).toEqual([
      { box: [0, 0, 2, 4], label: 0, instance: 1, ignore: true },
      { box: [1, 1, 3, 3], label: 1, instance: 2, ignore: false },
    ]);
    const mask = await set.mask?.(0);
    expect([...(mask?.data ?? [])]).toEqual([1, 1, 0, 0, 0, 1, 2, 2, 0, 0, 1, 2, 2, 0, 0, 1, 1, 0, 0, 0]);
  });
  it('reads run lengths that are packed into text', async () => {
    await picture('val/a.jpg');
    const packed = { ...file.annotations[1], segmentation: { size: [4, 5], counts: '08<' } }; // 0, 8, 12
    put('a.json', JSON.stringify({ ...file, annotations: [packed] }));
    const mask = await loadCoco(options()).mask?.(0);
    expect(mask?.data.reduce((a, b) => a + b, 0)).toBe(8);
  });
  it('names annotations that refer to nothing and runs that do not fit', async () => {
    await picture('val/a.jpg');
    put('a.json', JSON.stringify({ ...file, categories: [] }));
    expect(() => loadCoco(options())).toThrow(
      'annotation (id 1) of image 4, category 90, which it does not list',
    );
    const short = { ...file.annotations[1], segmentation: { size: [4, 5], counts: [0, 8] } };
    put('a.json', JSON.stringify({ ...file, annotations: [short] }));
    expect(() => loadCoco(options()).mask?.(0)).toThrow('runs of 4 x 5 with 8 pixels do not fit');
    expect(() => loadCoco({ ...options(), annotations: join(folder, 'b.json') })).toThrow(
      'Download annotations_trainval2017.zip',
    );
  });
});

describe('loadCifarBinary', () => {
  it('turns planes into pixels and takes the fine label', () => {
    const records = Buffer.alloc(10_000 * 3074);
    records.set([3, 42], 0);
    records
      .fill(1, 2, 2 + 1024)
      .fill(2, 1026, 2050)
      .fill(3, 2050, 3074);
    put('test.bin', records);
    put('fine_label_names.txt', Array.from({ length: 100 }, (_, index) => `c${index}`).join('\n'));
    const set = loadCifarBinary(folder, { name: 'cifar100', split: 'test' });
    expect([set.labels[0], set.classes.length, ...set.image(0).data.subarray(0, 4)]).toEqual([
      42, 100, 1, 2, 3, 1,
    ]);
  });
  it('says what to download, and names a file of the wrong size', () => {
    const load = () => loadCifarBinary(folder, { name: 'cifar10', split: 'test' });
    expect(load).toThrow('Download cifar-10-binary.tar.gz');
    put('test_batch.bin', Buffer.alloc(100));
    expect(load).toThrow('test_batch.bin has 100 bytes, expected 30730000 (10000 records)');
  });
});

describe('loadCifarPython', () => {
  it('turns planes into pixels', () => {
    const planes = Buffer.alloc(2 * 3072);
    planes.fill(1, 0, 1024).fill(2, 1024, 2048).fill(3, 2048, 3072);
    const size = Buffer.alloc(4);
    size.writeUInt32LE(planes.length);
    const latin = (text: string): Buffer => Buffer.from(text, 'latin1');
    const pickle = Buffer.concat([
      latin('\x80\x02}(U\x04datacnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01K\x02M\x00\x0c\x86'),
      latin('cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R\x89T'), size, planes, latin('tbU\x06labels](K\x09K\x03eu.'),
    ]); // prettier-ignore
    put('test_batch', pickle);
    const set = loadCifarPython(folder, { name: 'cifar10', split: 'test' });
    expect([set.length, [...set.labels], [...set.image(0).data.subarray(0, 4)]]).toEqual([
      2,
      [9, 3],
      [1, 2, 3, 1],
    ]);
    put('test_batch', pickle.subarray(0, 5000));
    expect(() => loadCifarPython(folder, { name: 'cifar10', split: 'test' })).toThrow(
      'test_batch is damaged: readPickle: the file is cut short',
    );
    put('test_batch', latin('\x80\x02}.'));
    expect(() => loadCifarPython(folder, { name: 'cifar10', split: 'test' })).toThrow(
      "must hold 'data' [N, 3072] and labels [N]",
    );
    expect(() => loadCifarPython(folder, { name: 'cifar100', split: 'test' })).toThrow(
      'Download cifar-100-python.tar.gz',
    );
  });
});

describe('loadStl10', () => {
  it('turns column-major planes into pixels, and labels from 1 into labels from 0', () => {
    const first = new Uint8Array(27648);
    first[1] = 5; // red of column 0, row 1
    put('train_X.bin', first);
    truncateSync(join(folder, 'train_X.bin'), 5000 * 27648);
    put('train_y.bin', new Uint8Array(5000).fill(10));
    const set = loadStl10(folder, 'train', 2);
    expect([set.length, set.labels[0], set.image(0).data[96 * 3]]).toEqual([2, 9, 5]);
    expect(() => loadStl10(folder, 'train', 5001)).toThrow('limit must be an integer in [1, 5000]');
    expect(() => loadStl10(folder, 'unlabelled')).toThrow('Download stl10_binary.tar.gz');
    put('test_X.bin', new Uint8Array(7));
    expect(() => loadStl10(folder, 'test')).toThrow(
      'test_X.bin has 7 bytes, expected 221184000 (8000 images)',
    );
  });
});
