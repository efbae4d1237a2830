import type { Image } from '../image-set.ts';

/** An image as text for a terminal with 24-bit colours: two pixels a character, the upper as foreground, the lower as background. */
export function terminalImage({ data, height, width }: Image): string {
  const colour = (y: number, x: number): string => {
    const at = (Math.min(y, height - 1) * width + x) * 3;
    return `${data[at]};${data[at + 1]};${data[at + 2]}`;
  };
  const lines: string[] = [];
  for (let y = 0; y < height; y += 2) {
    let line = '';
    for (let x = 0; x < width; x++)
      line += `\u001b[38;2;${colour(y, x)}m\u001b[48;2;${colour(y + 1, x)}m\u2580`;
    lines.push(`${line}\u001b[0m`);
  }
  return lines.join('\n');
}
