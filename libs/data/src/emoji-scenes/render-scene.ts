import type { DrawnObject, DrawnScene } from './draw-scene.ts';
import { SPRITE, type EmojiSprites } from './load-emoji-sprites.ts';
import type { SceneBackgrounds } from './scene-backgrounds.ts';
import type { SceneRecipe } from './scene-recipe.ts';

/** One object of a scene that can be seen. */
export interface SceneObject {
  readonly label: number;
  readonly drawing: string;
  /** Around the visible pixels: [x0, y0, x1, y1], x1 and y1 exclusive. */
  readonly box: readonly [x0: number, y0: number, x1: number, y1: number];
  /** Its number in the instance map. */
  readonly instance: number;
  /** Share of its pixels that no other object hides. */
  readonly visible: number;
}

/** A scene and its exact annotation. */
export interface Scene {
  readonly image: Uint8Array; // [S, S, 3]
  /** 0: background, k: object with instance k. */
  readonly instances: Uint8Array; // [S, S]
  readonly objects: readonly SceneObject[];
  /** Class of the main object. */
  readonly label: number;
  /** Kind of the background; null: black. */
  readonly background: number | null;
}

/** Renders a drawn scene. */
export function renderScene(
  drawn: DrawnScene,
  recipe: SceneRecipe,
  sprites: EmojiSprites,
  backgrounds: SceneBackgrounds,
): Scene {
  const { size, variant } = recipe;
  const canvas =
    drawn.background === null
      ? new Float32Array(size * size * 3)
      : backgrounds.render(drawn.background, size, drawn.backgroundKey);
  const behind = variant.startsWith('only-bg') || variant === 'no-fg' ? canvas.slice() : undefined;
  const layers = drawn.objects.map((object) => cover(object, size, sprites));
  const order = paintOrder(layers, recipe.visible, size * size);
  const instances = new Uint8Array(size * size);
  for (const place of order) paint(layers[place], drawn.objects[place], place + 1, canvas, instances);
  const objects = describe(drawn.objects, layers, instances, size);
  if (behind !== undefined) {
    remove(variant, behind, instances, objects, size);
    canvas.set(behind);
  }
  const image = Uint8Array.from(canvas, (value) => Math.min(255, Math.max(0, Math.round(value))));
  return { image, instances, objects, label: drawn.objects[0].label, background: drawn.background };
}

/** The pixels that one drawing covers: premultiplied RGBA in 0 … 255, by pixel. */
interface Layer {
  readonly pixels: Int32Array;
  readonly rgba: Float32Array; // [pixels, 4]
}

function cover(
  { drawing, side, x, y, turn, mirrored }: DrawnObject,
  size: number,
  sprites: EmojiSprites,
): Layer {
  const levels = sprites.levels(drawing);
  const level = Math.min(levels.length - 1, Math.max(0, Math.round(Math.log2(SPRITE / side))));
  const [source, resolution] = [levels[level], SPRITE >> level];
  const [cos, sin] = [Math.cos(2 * Math.PI * turn), Math.sin(2 * Math.PI * turn)];
  const reach = side * 0.7072 + 1;
  const [left, right] = [Math.max(0, Math.floor(x - reach)), Math.min(size, Math.ceil(x + reach))];
  const [top, bottom] = [Math.max(0, Math.floor(y - reach)), Math.min(size, Math.ceil(y + reach))];
  const room = Math.max(0, right - left) * Math.max(0, bottom - top);
  const pixels = new Int32Array(room);
  const rgba = new Float32Array(room * 4);
  let count = 0;
  const scale = resolution / side;
  const middle = resolution / 2 - 0.5;
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      const dx = column + 0.5 - x;
      const dy = row + 0.5 - y;
      const u = (dx * cos + dy * sin) * (mirrored ? -scale : scale) + middle;
      const v = (dy * cos - dx * sin) * scale + middle;
      if (u <= -1 || v <= -1 || u >= resolution || v >= resolution) continue;
      const to = count * 4;
      rgba[to] = rgba[to + 1] = rgba[to + 2] = rgba[to + 3] = 0;
      const u0 = Math.floor(u);
      const v0 = Math.floor(v);
      for (let corner = 0; corner < 4; corner++) {
        const cu = u0 + (corner & 1);
        const cv = v0 + (corner >> 1);
        if (cu < 0 || cv < 0 || cu >= resolution || cv >= resolution) continue;
        const weight = (1 - Math.abs(u - cu)) * (1 - Math.abs(v - cv));
        const at = (cv * resolution + cu) * 4;
        for (let channel = 0; channel < 4; channel++) rgba[to + channel] += weight * source[at + channel];
      }
      if (rgba[to + 3] >= 1) pixels[count++] = row * size + column;
    }
  }
  return { pixels: pixels.subarray(0, count), rgba: rgba.subarray(0, count * 4) };
}

/** Objects in painting order: the main one first, or last where the others would hide too much of it. */
function paintOrder(layers: readonly Layer[], visible: number, pixels: number): number[] {
  const order = [...layers.keys()];
  const others = new Uint8Array(pixels);
  for (const layer of layers.slice(1))
    layer.pixels.forEach((pixel, at) => (others[pixel] |= Number(isSolid(layer, at))));
  let [all, free] = [0, 0];
  layers[0].pixels.forEach((pixel, at) => {
    if (!isSolid(layers[0], at)) return;
    all++;
    free += 1 - others[pixel];
  });
  return free >= visible * all ? order : [...order.slice(1), 0];
}

function isSolid({ rgba }: Layer, at: number): boolean {
  return rgba[at * 4 + 3] > 127;
}

function paint(
  layer: Layer,
  object: DrawnObject,
  instance: number,
  canvas: Float32Array,
  instances: Uint8Array,
): void {
  const matrix = hueMatrix(object.hue, object.light);
  const { pixels, rgba } = layer;
  for (let at = 0; at < pixels.length; at++) {
    const from = at * 4;
    const alpha = rgba[from + 3];
    const rest = 1 - alpha / 255;
    for (let channel = 0; channel < 3; channel++) {
      const row = channel * 3;
      const turned =
        matrix[row] * rgba[from] + matrix[row + 1] * rgba[from + 1] + matrix[row + 2] * rgba[from + 2];
      const to = pixels[at] * 3 + channel;
      canvas[to] = Math.min(alpha, Math.max(0, turned)) + rest * canvas[to];
    }
    if (isSolid(layer, at)) instances[pixels[at]] = instance;
  }
}

/** Turns colours around the grey axis (luminance kept before clamping) and scales them. */
function hueMatrix(turn: number, light: number): number[] {
  const [cos, sin] = [Math.cos(2 * Math.PI * turn), Math.sin(2 * Math.PI * turn)];
  const third = (1 - cos) / 3;
  const skew = sin / Math.sqrt(3);
  return [
    cos + third, third - skew, third + skew,
    third + skew, cos + third, third - skew,
    third - skew, third + skew, cos + third,
  ].map((value) => value * light); // prettier-ignore
}

function describe(
  drawn: readonly DrawnObject[],
  layers: readonly Layer[],
  instances: Uint8Array,
  size: number,
): SceneObject[] {
  return drawn.flatMap(({ label, drawing }, place) => {
    const layer = layers[place];
    let [x0, y0, x1, y1] = [size, size, 0, 0];
    let [all, seen] = [0, 0];
    for (let at = 0; at < layer.pixels.length; at++) {
      if (!isSolid(layer, at)) continue;
      all++;
      const pixel = layer.pixels[at];
      if (instances[pixel] !== place + 1) continue;
      seen++;
      const x = pixel % size;
      const y = Math.floor(pixel / size);
      x0 = Math.min(x0, x);
      y0 = Math.min(y0, y);
      x1 = Math.max(x1, x + 1);
      y1 = Math.max(y1, y + 1);
    }
    return seen === 0
      ? []
      : [{ label, drawing, box: [x0, y0, x1, y1], instance: place + 1, visible: seen / all }];
  });
}

/** Blackens the objects (No-FG) or their boxes (Only-BG-B) in the bare background; Only-BG-T shows it as it is. */
function remove(
  variant: SceneRecipe['variant'],
  behind: Float32Array,
  instances: Uint8Array,
  objects: readonly SceneObject[],
  size: number,
): void {
  if (variant === 'no-fg') {
    for (const [pixel, instance] of instances.entries())
      if (instance > 0) behind.fill(0, pixel * 3, pixel * 3 + 3);
  }
  if (variant === 'only-bg-b') {
    for (const { box } of objects) {
      for (let y = box[1]; y < box[3]; y++) behind.fill(0, (y * size + box[0]) * 3, (y * size + box[2]) * 3);
    }
  }
}
