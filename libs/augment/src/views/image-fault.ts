/** What is wrong with one image of a batch: the message says which one. */
export class ImageFault extends RangeError {
  readonly image: number;
  /** The message without the image. */
  readonly reason: string;

  constructor(reason: string, image: number, name?: string, cause?: unknown) {
    super(`${reason} (image ${image}${name === undefined ? '' : `, ${name}`})`, { cause });
    this.image = image;
    this.reason = reason;
  }
}

/** Does something for one image of a batch; what it throws names the image. */
export function forImage<T>(image: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ImageFault) throw error;
    throw new ImageFault((error as Error).message, image, undefined, error);
  }
}
