import { fold, Stream, type Key } from '@fovea/random';
import { motionBlur } from './blurs.ts';
import { plasma } from './plasma.ts';
import { clippedZoom, type Plane } from './planes.ts';

/** Snow, frost and fog with the constants of one severity. */
export function weather(
  type: 'snow' | 'frost' | 'fog',
  planes: readonly Plane[],
  c: readonly number[],
  key: Key,
): readonly Plane[] {
  if (type === 'snow') return snow(planes, c, key);
  const { height, width } = planes[0];
  const side = 2 ** Math.ceil(Math.log2(Math.max(2, height, width)));
  if (type === 'fog') {
    const map = plasma(side, c[1], key);
    const most = planes.reduce((all, { data }) => data.reduce((own, value) => Math.max(own, value), all), 0);
    return planes.map((plane) => ({
      ...plane,
      data: plane.data.map((value, at) => {
        const fog = map[Math.floor(at / width) * side + (at % width)];
        return ((value + c[0] * fog) * most) / (most + c[0]);
      }),
    }));
  }
  return frost(planes, c, key, side);
}

/** [RECON]: ridges of plasma, bluish white on black, in place of the source's photographs of frost. */
function frost(planes: readonly Plane[], c: readonly number[], key: Key, side: number): Plane[] {
  const [rough, fine] = [plasma(side, 1.6, fold(key, 'rough')), plasma(side, 1.2, fold(key, 'fine'))];
  const tint = [0.85, 0.93, 1];
  return planes.map((plane, channel) => ({
    ...plane,
    data: plane.data.map((value, at) => {
      const place = Math.floor(at / plane.width) * side + (at % plane.width);
      const ridge = 1 - 2 * Math.abs(rough[place] - 0.5);
      return c[0] * value + c[1] * tint[channel] * ridge * (0.4 + 0.6 * fine[place]);
    }),
  }));
}

function snow(planes: readonly Plane[], c: readonly number[], key: Key): Plane[] {
  const { height, width } = planes[0];
  const draw = new Stream(fold(key, 'flakes'));
  const noise = Float64Array.from({ length: height * width }, () => c[0] + c[1] * draw.normal());
  const zoomed = clippedZoom({ data: noise, height, width }, c[2]);
  const flakes = zoomed.data.map((value) => (value < c[3] ? 0 : Math.floor(255 * Math.min(1, value)) / 255));
  const angle = new Stream(fold(key, 'angle')).uniform(-135, -45);
  const layer = motionBlur({ data: flakes, height, width }, c[4], c[5], angle).data;
  const [red, green, blue] = planes.map(({ data }) => data);
  return planes.map((plane) => ({
    ...plane,
    data: plane.data.map((value, at) => {
      const grey = 0.299 * red[at] + 0.587 * green[at] + 0.114 * blue[at];
      const pale = c[6] * value + (1 - c[6]) * Math.max(value, grey * 1.5 + 0.5);
      return pale + layer[at] + layer[layer.length - 1 - at]; // and the layer turned by half a circle
    }),
  }));
}
