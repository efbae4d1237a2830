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
      .map(({ image }) => image)
      .slice(0, MOST);
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

/** Classes whose drawings share a shape, so that a network that has learnt one knows a new drawing of it; colour is turned away by the recipes. */
const CLASSES: readonly (readonly [name: string, subcategories: readonly string[]])[] = [
  [
    'face',
    ['smiling', 'affection', 'tongue', 'neutral-skeptical', 'sleepy', 'concerned'].map(
      (kind) => `face-${kind}`,
    ),
  ],
  ['person', ['person', 'person-role', 'person-gesture']],
  [
    'hand',
    ['closed', 'open', 'partial', 'prop']
      .map((kind) => `hand-fingers-${kind}`)
      .concat('hand-single-finger', 'hands'),
  ],
  ['mammal', ['animal-mammal']],
  ['bird', ['animal-bird']],
  ['fruit', ['food-fruit', 'food-vegetable']],
  ['vehicle', ['transport-ground']],
  ['building', ['place-building', 'place-religious']],
  ['clock', ['time']],
  ['heart', ['heart']],
  ['sign', ['alphanum', 'arrow', 'av-symbol', 'zodiac', 'keycap']],
  ['flag', ['country-flag']],
];

/** Most drawings of a class, the first by digest; so that no class is shown in far more forms than the others. */
const MOST = 60;

/** Drawings that show something else than their class says. */
const LEFT_OUT = new Set(
  (
    'pig_nose feet feather wing hatching_chick station busstop traffic_light vertical_traffic_light construction rotating_light ' +
    'octagonal_sign wheel oil_drum motorway railway_track fuelpump skateboard roller_skate bricks rock wood wedding ' +
    'statue_of_liberty building_construction kaaba shinto_shrine tokyo_tower hourglass hourglass_flowing_sand watch face_in_clouds dotted_line_face ' +
    'man_feeding_baby woman_feeding_baby person_feeding_baby love_letter gift_heart cupid heart_decoration information_source symbols m koko ' +
    'secret congratulations ideograph_advantage accept curly_haired_woman heavy_heart_exclamation_mark_ornament ' +
    'twisted_rightwards_arrows left_right_arrow low_brightness high_brightness female_sign male_sign wireless on soon top back end ' +
    'woman-bowing man-bowing bow money_mouth_face revolving_hearts'
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
