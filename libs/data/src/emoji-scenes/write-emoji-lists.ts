import { join } from 'node:path';
import { cacheDirectory, digest, workspaceRoot, writeFileAtomic } from '@fovea/files';
import { npmPackageFiles } from '../cache/npm-package.ts';
import { EMOJI_PACKAGES } from './emoji-packages.ts';

/**
 * Writes `libs/data/lists/emoji-scenes.csv`: the classes of EmojiScenes, and which drawings belong to training and which to test.
 *
 * `npx fovea data lists` runs it. A drawing's place is the SHA-256 of its code points, so another run gives the same file.
 *
 * @returns how many drawings each class has
 */
export async function writeEmojiLists(): Promise<Record<string, number>> {
  const files = await npmPackageFiles(EMOJI_PACKAGES.google, join(cacheDirectory(), 'data', 'emoji-scenes'));
  const emoji = JSON.parse(Buffer.from(files.get('emoji.json') ?? []).toString()) as Emoji[];
  const classes = CLASSES.map(([name, subcategories]) => {
    const drawings = emoji
      .filter((one) => one.has_img_google && one.has_img_twitter && subcategories.includes(one.subcategory))
      .filter((one) => !LEFT_OUT.has(one.short_name))
      .map((one) => ({ image: one.image, order: digest(`emoji-scenes ${one.unified}`) }))
      .sort((a, b) => (a.order < b.order ? -1 : 1))
      .map(({ image }) => image);
    const held = Math.round(0.3 * drawings.length);
    return { name, train: drawings.slice(held).sort(), test: drawings.slice(0, held).sort() };
  });
  const path = join(workspaceRoot(), 'libs/data/lists/emoji-scenes.csv');
  const lines = classes.flatMap(({ name, train, test }) => [
    ...train.map((drawing) => `${name},train,${drawing}`),
    ...test.map((drawing) => `${name},test,${drawing}`),
  ]);
  writeFileAtomic(path, `class,split,drawing\n${lines.join('\n')}\n`);
  return Object.fromEntries(classes.map(({ name, train, test }) => [name, train.length + test.length]));
}

const CLASSES: readonly (readonly [name: string, subcategories: readonly string[]])[] = [
  ['mammal', ['animal-mammal']],
  ['bird', ['animal-bird']],
  ['marine animal', ['animal-marine']],
  ['bug', ['animal-bug']],
  ['plant', ['plant-other', 'plant-flower']],
  ['fruit', ['food-fruit']],
  ['prepared food', ['food-prepared', 'food-asian']],
  ['ground vehicle', ['transport-ground']],
  ['clothing', ['clothing']],
  ['tool', ['tool']],
  ['sport', ['sport']],
  ['building', ['place-building']],
];

/** Drawings that show something else than their class says. */
const LEFT_OUT = new Set(
  (
    'pig_nose feet feather wing microbe spider_web rosette ear_of_rice empty_nest nest_with_eggs salt takeout_box station busstop ' +
    'traffic_light vertical_traffic_light construction rotating_light octagonal_sign wheel oil_drum motorway railway_track fuelpump ' +
    'lipstick ring gem prayer_beads shopping_bags folding_hand_fan hair_pick link chains broken_chain probing_cane scales gear ' +
    'goal_net running_shirt_with_sash diving_mask bricks rock wood wedding statue_of_liberty building_construction'
  ).split(' '),
);

interface Emoji {
  readonly image: string;
  readonly unified: string;
  readonly short_name: string;
  readonly subcategory: string;
  readonly has_img_google: boolean;
  readonly has_img_twitter: boolean;
}
