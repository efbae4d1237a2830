import { existsSync, readdirSync } from 'node:fs';

/**
 * Names in a folder, sorted, hidden ones left out.
 *
 * @param remedy - what to download and where it must lie, when the folder is missing
 * @throws Error with the remedy
 */
export function listFolder(folder: string, caller: string, remedy: string): string[] {
  if (!existsSync(folder)) throw new Error(`${caller}: ${folder} does not exist. ${remedy}`);
  return readdirSync(folder)
    .filter((name) => !name.startsWith('.'))
    .sort();
}

/** Whether a file name ends like an image's. */
export function isImageName(name: string): boolean {
  return /\.(jpe?g|png|webp|gif|bmp|tiff?)$/i.test(name);
}
