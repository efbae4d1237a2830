import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '@fovea/files';
import { latest, RecordStore, type Profile, type ReportPicture } from '@fovea/results';
import sharp from 'sharp';
import type { Experiment } from './experiment.ts';

/** What a kept picture shows. */
export interface PictureFacts {
  /** File name without its ending. */
  readonly name: string;
  /** What there is to see, in words: caption and text for those who do not see it. */
  readonly description: string;
  /** Arms whose networks it shows; none: the data alone. */
  readonly arms: readonly string[];
  readonly seed: number;
}

const WIDEST = 720;

/** Keeps a picture for the report beside the records: `results/bam/smoke/pictures/views.webp` and its facts. */
export async function writePicture(
  experiment: Experiment,
  profile: Profile,
  facts: PictureFacts,
  png: Uint8Array,
  store = new RecordStore(),
): Promise<void> {
  const folder = pictureFolder(experiment, profile, store);
  mkdirSync(folder, { recursive: true });
  const small = sharp(png).resize({ width: WIDEST, withoutEnlargement: true, kernel: 'nearest' });
  const webp = await small.webp({ quality: 80 }).toBuffer();
  writeFileAtomic(join(folder, `${facts.name}.webp`), webp);
  writeFileAtomic(join(folder, `${facts.name}.json`), `${JSON.stringify(facts, null, 2)}\n`);
}

/** The pictures that are kept for an experiment and profile, each with the records of the networks that it shows. */
export async function readPictures(
  experiment: Experiment,
  profile: Profile,
  store = new RecordStore(),
): Promise<ReportPicture[]> {
  const folder = pictureFolder(experiment, profile, store);
  const records = latest(store.read({ experiment: experiment.name, profile }));
  const pictures: ReportPicture[] = [];
  for (const file of filesOf(folder)) {
    const { name, description, arms, seed } = JSON.parse(
      readFileSync(join(folder, file), 'utf8'),
    ) as PictureFacts;
    const webp = readFileSync(join(folder, `${name}.webp`));
    const { width, height } = await sharp(webp).metadata();
    const shown = records.filter((record) => arms.includes(record.arm) && record.seed === seed);
    pictures.push({
      description,
      address: `data:image/webp;base64,${webp.toString('base64')}`,
      width,
      height,
      records: shown.map(({ id }) => id),
    });
  }
  return pictures;
}

function pictureFolder({ name }: Experiment, profile: Profile, store: RecordStore): string {
  return join(store.folder, name, profile, 'pictures');
}

function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
