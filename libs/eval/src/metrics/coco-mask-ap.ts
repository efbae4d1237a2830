import { cocoAp, type DetectionScores, type Labelled, type Scored } from './coco-ap.ts';
import { runsIou, type MaskRuns } from './mask-runs.ts';

/** True instances; images and classes are any integers, masks of one image have one size. */
export interface MaskTruth extends Labelled {
  readonly masks: readonly MaskRuns[];
}

/** Found instances. */
export interface MaskDetections extends Scored {
  readonly masks: readonly MaskRuns[];
}

/**
 * COCO instance segmentation scores over masks of all sizes, none of them crowds: `cocoDetectionAp` with the overlap of masks.
 *
 * @throws Error for lists that do not fit together, masks of differing sizes in an image, scores that are not finite, no true instance
 * @see pycocotools 2.0.11 COCOeval('segm'), area 'all'
 *
 * @example
 * const truth = { masks: [maskRuns([1, 1, 0, 0])], images: [0], classes: [0] };
 * cocoMaskAp(truth, { ...truth, scores: [0.9] }).AP; // 1
 */
export function cocoMaskAp(truth: MaskTruth, detections: MaskDetections): DetectionScores {
  const sizes = new Map<number, number>();
  check(truth, 'truth', sizes);
  check(detections, 'detections', sizes);
  const overlap = (d: number, g: number): number => runsIou(detections.masks[d], truth.masks[g]);
  return cocoAp(truth, detections, overlap, 'cocoMaskAp');
}

function check({ masks, images, classes }: MaskTruth, name: string, sizes: Map<number, number>): void {
  if (masks.length !== images.length || images.length !== classes.length) {
    throw new Error(
      `cocoMaskAp: ${name} has ${masks.length} masks, ${images.length} images and ${classes.length} classes; needs as many of each.`,
    );
  }
  masks.forEach((runs, at) => {
    const size = runs.reduce((sum, run) => sum + run, 0);
    const known = sizes.get(images[at]) ?? size;
    sizes.set(images[at], known);
    if (size !== known) {
      throw new Error(
        `cocoMaskAp: mask ${at} of ${name} has ${size} pixels, another of image ${images[at]} has ${known}.`,
      );
    }
  });
}
