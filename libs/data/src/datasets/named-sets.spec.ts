import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  encodePng,
  imageNet100Classes,
  loadImageNet,
  loadImagenette,
  loadInaturalist,
  openSet,
} from '../index.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fovea-data-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function picture(path: string, value = 0): Promise<void> {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  const data = new Uint8Array(5 * 4 * 3).fill(value);
  writeFileSync(join(folder, path), await encodePng({ data, height: 4, width: 5, channels: 3 }));
}

function list(name: string, content: object): string {
  writeFileSync(join(folder, name), JSON.stringify(content));
  return join(folder, name);
}

describe('loadImageNet', () => {
  it('takes train and val, all classes or the list of 100', async () => {
    const hundred = imageNet100Classes();
    expect([hundred.length, new Set(hundred).size]).toEqual([100, 100]);
    expect(hundred.every((synset) => /^n\d{8}$/.test(synset))).toBe(true);
    expect([...hundred].sort()).toEqual(hundred);
    for (const [place, synset] of [...hundred, 'n01440764'].entries()) await picture(`val/${synset}/${place}.png`, place);
    const all = loadImageNet(folder, { split: 'test' });
    expect([all.length, all.classes[0], all.labels[0]]).toEqual([101, 'n01440764', 0]);
    const some = loadImageNet(folder, { split: 'test', classes: 100 });
    expect([some.length, some.name, some.labels[99]]).toEqual([100, 'imagenet100', 99]);
    expect((await some.image(7)).data[0]).toBe(7);
    expect((await openSet('imagenet100', 'test', folder)).length).toBe(100);
  }); // prettier-ignore
  it('says which folder is missing and refuses other numbers of classes', () => {
    expect(() => loadImageNet(folder, { split: 'train' })).toThrow('train does not exist');
    expect(() => loadImageNet(folder, { split: 'train', classes: 10 } as never)).toThrow('1000 or 100, got 10');
    expect(() => loadImageNet(folder, { split: 'train', list: 1 } as never)).toThrow('unknown option list');
  }); // prettier-ignore
});

describe('loadImagenette', () => {
  it('names its classes in words and wants all ten', async () => {
    await picture('train/n01440764/1.png');
    expect(() => loadImagenette(folder, 'train')).toThrow('n02102040 does not exist');
    for (const synset of ['n02102040', 'n02979186', 'n03000684', 'n03028079', 'n03394916', 'n03417042', 'n03425413', 'n03445777', 'n03888257'])
      await picture(`train/${synset}/1.png`);
    const set = loadImagenette(folder, 'train');
    expect([set.length, set.classes[1], set.labels[9]]).toEqual([10, 'English springer', 9]);
  }); // prettier-ignore
});

describe('loadInaturalist', () => {
  const content = {
    images: [
      { id: 5, file_name: 'a/1.png' },
      { id: 3, file_name: 'b/2.png' },
      { id: 9, file_name: 'b/3.png' },
    ],
    annotations: [
      { image_id: 3, category_id: 20 },
      { image_id: 5, category_id: 7 },
    ],
    categories: [
      { id: 20, name: 'moth' },
      { id: 7, name: 'oak' },
    ],
  };
  it('labels by the order of category ids, -1 without an annotation', async () => {
    for (const { file_name, id } of content.images) await picture(file_name, id);
    const set = loadInaturalist(list('train.json', content), { name: 'inat', split: 'train', root: folder });
    expect([set.classes, [...set.labels], set.names]).toEqual([['oak', 'moth'], [0, 1, -1], ['a/1.png', 'b/2.png', 'b/3.png']]);
    expect((await set.image(1)).data[0]).toBe(3);
  }); // prettier-ignore
  it('names what is missing or refers to nothing', () => {
    const options = { name: 'inat', split: 'train', root: folder } as const;
    expect(() => loadInaturalist(join(folder, 'none.json'), options)).toThrow('none.json does not exist');
    const path = list('bad.json', { ...content, annotations: [{ image_id: 1, category_id: 7 }] });
    expect(() => loadInaturalist(path, options)).toThrow('an annotation of image 1, category 7, which it does not list');
    expect(() => loadInaturalist(list('files.json', content), options)).toThrow('1.png is listed but does not exist');
  }); // prettier-ignore
});

describe('DAVIS by name', () => {
  it('is the frames of all sequences', async () => {
    mkdirSync(join(folder, 'ImageSets/2017'), { recursive: true });
    writeFileSync(join(folder, 'ImageSets/2017/val.txt'), 'cat\ndog\n');
    for (const [place, name] of ['cat/00000', 'cat/00001', 'dog/00000'].entries()) {
      await picture(`JPEGImages/480p/${name}.png`, place * 9);
      await picture(`Annotations/480p/${name}.png`);
    }
    const set = await openSet('davis2017', 'test', folder);
    expect(set.length).toBe(3);
    expect((await set.image(2)).data[0]).toBe(18);
    expect(() => set.image(3)).toThrow('davis2017: index must be an integer in [0, 3), got 3');
  });
});
