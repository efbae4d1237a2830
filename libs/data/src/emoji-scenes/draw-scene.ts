import { fold, type Key, Stream } from '@fovea/random';
import type { EmojiClass } from './emoji-classes.ts';
import type { SceneRecipe } from './scene-recipe.ts';

/** One object as drawn, before it is rendered. */
export interface DrawnObject {
  readonly label: number;
  readonly drawing: string;
  /** Side of the square drawing, centre, in pixels. */
  readonly side: number;
  readonly x: number;
  readonly y: number;
  readonly turn: number;
  readonly mirrored: boolean;
  readonly hue: number;
  readonly light: number;
}

/** Everything that determines a scene, apart from pixels. */
export interface DrawnScene {
  /** The main object first. */
  readonly objects: readonly DrawnObject[];
  /** Kind of the background; null: black. */
  readonly background: number | null;
  readonly backgroundKey: Key;
}

/**
 * Draws a scene. Objects depend on the key and the recipe's shapes alone: variants and correlations change the background only, so scenes of two variants
 * can be compared object by object.
 */
export function drawScene(
  recipe: SceneRecipe,
  classes: readonly EmojiClass[],
  split: 'train' | 'test',
  kinds: number,
  key: Key,
): DrawnScene {
  const count = new Stream(fold(key, 'count')).integer(recipe.objects[0], recipe.objects[1] + 1);
  const objects = Array.from({ length: count }, (_, index) =>
    drawObject(
      recipe,
      classes,
      split,
      index === 0 ? recipe.mainSize : recipe.otherSize,
      fold(fold(key, 'object'), index),
    ),
  );
  const draw = new Stream(fold(key, 'background'));
  const own = draw.bernoulli(recipe.correlation);
  const random = draw.integer(0, kinds);
  const { label } = objects[0];
  switch (recipe.variant) {
    case 'only-fg':
      return { objects, background: null, backgroundKey: key };
    case 'mixed-same':
      return { objects, background: label % kinds, backgroundKey: fold(key, 'mixed') };
    case 'mixed-rand':
      return { objects, background: random, backgroundKey: fold(key, 'mixed') };
    case 'mixed-next':
      return { objects, background: (label + 1) % kinds, backgroundKey: fold(key, 'mixed') };
    default:
      return { objects, background: own ? label % kinds : random, backgroundKey: fold(key, 'original') };
  }
}

function drawObject(
  recipe: SceneRecipe,
  classes: readonly EmojiClass[],
  split: 'train' | 'test',
  [low, high]: readonly [number, number],
  key: Key,
): DrawnObject {
  const draw = new Stream(key);
  const label = draw.integer(0, classes.length);
  const drawings = classes[label][split];
  const side = draw.uniform(low, high) * recipe.size;
  const inside = (): number => draw.uniform(side / 2, recipe.size - side / 2);
  return {
    label,
    drawing: drawings[draw.integer(0, drawings.length)],
    side,
    x: inside(),
    y: inside(),
    turn: draw.uniform(-recipe.rotation, recipe.rotation),
    mirrored: draw.bernoulli(0.5),
    hue: draw.uniform(-recipe.hue, recipe.hue),
    light: draw.uniform(1 - recipe.light, 1 + recipe.light),
  };
}
