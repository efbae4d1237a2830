/** The variants of the Backgrounds Challenge: the same objects, another background or none. */
export const SCENE_VARIANTS = [
  'original',
  'mixed-same',
  'mixed-rand',
  'mixed-next',
  'only-fg',
  'no-fg',
  'only-bg-b',
  'only-bg-t',
] as const;

export type SceneVariant = (typeof SCENE_VARIANTS)[number];

/** How scenes are drawn. Every key is required: nothing has a hidden default. */
export interface SceneRecipe {
  /** Height and width of a scene in pixels, >= 8. */
  readonly size: number;
  /** How many objects a scene has, low and high. The first is the main object and gives the label. */
  readonly objects: readonly [number, number];
  /** Side of the main object as a share of the scene, low and high. */
  readonly mainSize: readonly [number, number];
  /** Side of the other objects. */
  readonly otherSize: readonly [number, number];
  /** Largest rotation either way, in turns. */
  readonly rotation: number;
  /** Largest turn of each object's hue either way, in turns; 0.5 removes what colour says about the class. */
  readonly hue: number;
  /** Light on each object: factor from [1 - x, 1 + x]. */
  readonly light: number;
  /** Probability that the background is the class's own kind; else a kind drawn uniformly. 0: no correlation, 1: the background tells the class. */
  readonly correlation: number;
  /** Least visible share of the main object; others may hide each other wholly. */
  readonly visible: number;
  readonly variant: SceneVariant;
}

/** Scenes with one object: the stand-in for ImageNet-9. */
export const ONE_OBJECT: SceneRecipe = {
  size: 32,
  objects: [1, 1],
  mainSize: [0.65, 0.95],
  otherSize: [0.25, 0.4],
  rotation: 0.06,
  hue: 0.5,
  light: 0.3,
  correlation: 0,
  visible: 0.5,
  variant: 'original',
};

/** Scenes with one to six objects: the stand-in for COCO and VOC. */
export const MANY_OBJECTS: SceneRecipe = {
  ...ONE_OBJECT,
  size: 64,
  objects: [1, 6],
  mainSize: [0.4, 0.6],
  otherSize: [0.2, 0.4],
};

/** @throws RangeError naming a key that is missing, unknown or out of range */
export function checkSceneRecipe(recipe: SceneRecipe, caller: string): void {
  const known = Object.keys(ONE_OBJECT);
  const own = Object.keys(recipe);
  const odd = [
    ...own.filter((name) => !known.includes(name)),
    ...known.filter((name) => !own.includes(name)),
  ];
  if (odd.length > 0)
    throw new RangeError(`${caller}: unknown or missing key ${odd.join()}; known: ${known.join()}.`);
  const { size, objects } = recipe;
  if (!(Number.isInteger(size) && size >= 8))
    throw new RangeError(`${caller}: size must be an integer >= 8, got ${size}.`);
  if (!(
    objects.every(Number.isInteger) &&
    objects[0] >= 1 &&
    objects[0] <= objects[1] &&
    objects[1] <= 255
  )) {
    throw new RangeError(
      `${caller}: objects must be integers 1 <= low <= high <= 255, got ${objects.join()}.`,
    );
  }
  for (const name of ['mainSize', 'otherSize'] as const) {
    const [low, high] = recipe[name];
    if (!(low > 0 && low <= high && high <= 1)) {
      throw new RangeError(`${caller}: ${name} must be 0 < low <= high <= 1, got ${low},${high}.`);
    }
  }
  for (const [name, most] of [
    ['rotation', 0.5],
    ['hue', 0.5],
    ['light', 1],
    ['correlation', 1],
    ['visible', 1],
  ] as const) {
    if (!(recipe[name] >= 0 && recipe[name] <= most)) {
      throw new RangeError(`${caller}: ${name} must be in [0, ${most}], got ${recipe[name]}.`);
    }
  }
  if (!SCENE_VARIANTS.includes(recipe.variant)) {
    throw new RangeError(
      `${caller}: variant must be one of ${SCENE_VARIANTS.join()}, got ${recipe.variant}.`,
    );
  }
}
