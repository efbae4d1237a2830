import { key } from '@fovea/random';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { blobs, collect, spied } from '../testing/blobs.ts';
import { readMatFile } from './mat-file.ts';
import { transferList } from './transfer-list.ts';
import { transferSets } from './transfer-sets.ts';
import { transfer, transferCs } from './transfer.ts';

// Small files of the two sets' kind, written by scipy.io.savemat.
const LABELS =
  'TUFUTEFCIDUuMCBNQVQtZmlsZSBQbGF0Zm9ybTogcG9zaXgsIENyZWF0ZWQgb246IE1vbiBOb3YgMjMgMDI6MTg6MTAgMjAyNgAA' +
  'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABSU0PAAAALwAAAHic42NgYLAAYjYg5gBi' +
  'TgYIYIXyGYGYBUqD1OQkJqXmFDMwMAFFmRjTmAA6dgNb';
const SETID =
  'TUFUTEFCIDUuMCBNQVQtZmlsZSBQbGF0Zm9ybTogcG9zaXgsIENyZWF0ZWQgb246IE1vbiBOb3YgMjMgMDI6MTg6MTAgMjAyNgAA' +
  'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABSU0PAAAALgAAAHic42NgYLAAYjYg5gBi' +
  'bgYIYIXyGYGYCUqDxEqK8jJTgDQLEDIyMDMAADbVAqMPAAAAKwAAAHic42NgYLAAYjYg5gBibgYIYIXyGZEwSKwsMSczBUizMDAB' +
  'IQMDADWwAo0PAAAAKwAAAHic42NgYLAAYjYg5gBibgYIYIXyGZEwSKykuCQzBUizMDABMQMDADcWAqc=';
const ANNOTATIONS =
  'TUFUTEFCIDUuMCBNQVQtZmlsZSBQbGF0Zm9ybTogcG9zaXgsIENyZWF0ZWQgb246IE1vbiBOb3YgMjMgMDI6MTg6MTAgMjAyNgAA' +
  'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABSU0PAAAAgAAAAHic42NgYLjAyMDABqQ5' +
  'gJiJAQJYoXxGqBiI5gbixLy8/JLEksz8vGKoOha4OgkgTkrKr4ivMGRIzkksBqlIy0vMTQXSfEBswICwhxOLPTDMALaTkUGdTH18' +
  'UH0OSPpYsOjjRNInAOUbAIGhXlZBOlScnu5mptDdRkjuBgBlbBSW';
const META =
  'TUFUTEFCIDUuMCBNQVQtZmlsZSBQbGF0Zm9ybTogcG9zaXgsIENyZWF0ZWQgb246IE1vbiBOb3YgMjMgMDI6MTg6MTAgMjAyNgAA' +
  'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABSU0PAAAAbwAAAHic42NgYBBgZGBgA9Ic' +
  'QAxkggErEp8ZSnMDcXJOYnFxfF5ibmoxWB0fEAcwIPSzYNEvhWSuAJTv6KvgnpqXWpSYo+BRmpubWqQQHBqmYGRgYMAAN9eCgLkc' +
  'aOaC+I7JpUWJCkE+lOkP8QEAntgT9g==';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'fovea-transfer-'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

function put(file: string, content: string | Buffer): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), content);
}

describe('transferList', () => {
  it('reads Flowers: labels and splits count from 1, validation follows train', () => {
    put('imagelabels.mat', Buffer.from(LABELS, 'base64'));
    put('setid.mat', Buffer.from(SETID, 'base64'));
    const { classes, train, validation, test } = transferList('flowers', root);
    expect(classes).toHaveLength(102);
    expect(train).toEqual([
      { path: 'jpg/image_00001.jpg', label: 1 },
      { path: 'jpg/image_00003.jpg', label: 101 },
      { path: 'jpg/image_00002.jpg', label: 0 },
    ]);
    expect([...(validation ?? [])]).toEqual([2]);
    expect(test).toEqual([{ path: 'jpg/image_00004.jpg', label: 1 }]);
  });

  it('reads Cars: a struct array of annotations and a list of names', () => {
    put('devkit/cars_train_annos.mat', Buffer.from(ANNOTATIONS, 'base64'));
    put('devkit/cars_test_annos_withlabels.mat', Buffer.from(ANNOTATIONS, 'base64'));
    put('devkit/cars_meta.mat', Buffer.from(META, 'base64'));
    const { classes, train, validation } = transferList('cars', root);
    expect(classes).toEqual(['AM General Hummer SUV 2000', 'Acura RL', 'Acura TL']);
    expect(train).toEqual([
      { path: 'cars_train/00001.jpg', label: 13 },
      { path: 'cars_train/00002.jpg', label: 2 },
    ]);
    expect(validation).toBeNull();
  });

  it('reads Aircraft and Food, and names a class that is not listed', () => {
    put('data/variants.txt', '707-320\nA330 Neo\n');
    put('data/images_variant_train.txt', '0056978 707-320\n');
    put('data/images_variant_val.txt', '1 A330 Neo\n');
    put('data/images_variant_test.txt', '2 A330 Neo\n3 707-320\n');
    const aircraft = transferList('aircraft', root);
    expect(aircraft.train[1]).toEqual({ path: 'data/images/1.jpg', label: 1 });
    expect(aircraft.test.map(({ label }) => label)).toEqual([1, 0]);
    put('meta/classes.txt', 'apple_pie\nwaffles\n');
    put('meta/train.txt', 'waffles/12\n');
    put('meta/test.txt', 'apple_pie/7\n');
    expect(transferList('food', root).train).toEqual([{ path: 'images/waffles/12.jpg', label: 1 }]);
    put('meta/test.txt', 'pizza/7\n');
    expect(() => transferList('food', root)).toThrow(/'pizza\/7' names no class/);
  });

  it('says which file is missing, and refuses what is no MATLAB 5 file', () => {
    expect(() => transferList('flowers', root)).toThrow(/imagelabels.mat does not exist; unpack/);
    expect(() => readMatFile(Buffer.from('MATLAB 7.3 MAT-file'), 'x.mat')).toThrow(/x.mat is no MATLAB 5/);
  });
});

describe('transfer', () => {
  const cloud = blobs({ classes: 10, D: 8, train: 200, test: 100, spread: 1.5 });
  const options = { set: 'cifar10', Cs: [1e-4, 1], holdOut: 0.2, key: key(0) } as const;

  it('chooses C on held-out train rows before its one read of test, and names score and set', async () => {
    const { splits, reads } = spied(cloud);
    const [metric] = await collect(transfer(splits, options));
    expect(metric).toMatchObject({ metric: 'transfer.cifar10.logistic.C-sweep.top1', n: 100, unit: '%' });
    expect(metric.chosen).toEqual({ C: 1 });
    expect(reads.filter((read) => read === 'splits.test')).toHaveLength(1);
    const spoilt = { ...cloud, test: { ...cloud.test, labels: cloud.test.labels.map((label) => 9 - label) } };
    expect((await collect(transfer(spoilt, options)))[0].chosen).toEqual({ C: 1 });
  });

  it('averages classes where the set says so', async () => {
    const many = blobs({ classes: 101, D: 8, train: 404, test: 101, spread: 3 });
    const [metric] = await collect(transfer(many, { ...options, set: 'caltech101', Cs: [0.1, 1] }));
    expect(metric.metric).toBe('transfer.caltech101.logistic.C-sweep.mean-per-class');
    expect(metric.value).toBeGreaterThan(20);
  });

  it('refuses unknown sets, other numbers of classes, and one C', async () => {
    await expect(collect(transfer(cloud, { ...options, set: 'cifar100' }))).rejects.toThrow(/100 classes/);
    await expect(collect(transfer(cloud, { ...options, Cs: [1] }))).rejects.toThrow(
      /two or more values of C/,
    );
    await expect(collect(transfer(cloud, { ...options, set: 'dogs' as 'cars' }))).rejects.toThrow(
      /unknown set dogs; known are flowers/,
    );
    expect(transferCs).toHaveLength(45);
    expect(Object.values(transferSets).every(({ layout }) => layout.length > 0)).toBe(true);
  });
});
