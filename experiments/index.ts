import { bamExperiment } from './bam/experiment.ts';
import { diLoExperiment } from './dilo/experiment.ts';
import { sgclExperiment } from './sgcl/experiment.ts';
import { vdaExperiment } from './vda/experiment.ts';
import type { Experiment } from './shared/experiment.ts';

export { bamExperiment, diLoExperiment, sgclExperiment, vdaExperiment };
export { ablationsText, report, writeReport, type Report } from './shared/report.ts';
export { networkMaps, type NetworkMap } from './shared/network-maps.ts';
export { mapPicture, pictureGrid } from './shared/picture-grid.ts';
export { saliencyPlanes } from './shared/saliency-planes.ts';
export { SCENE_MULTI_CROP, SCENE_PAIR } from './shared/scene-views.ts';
export { viewGrid } from './shared/view-grid.ts';
export {
  describeDryRun,
  describeSources,
  dryRun,
  type DryRun,
  type DryRunRequest,
} from './shared/dry-run.ts';
export { nameUserFolder } from './shared/user-folder.ts';
export { experimentMethod } from './shared/experiment-methods.ts';
export { exampleData, type ExampleData } from './shared/example-data.ts';
export { confirmRecord, type Confirmed } from './shared/confirm-record.ts';
export { dataStaleness, recordStaleness, rememberedCode, type CodeToday } from './shared/record-staleness.ts';
export { readPictures, writePicture, type PictureFacts } from './shared/pictures.ts';
export { armOf, armsOf, type Ablation, type Arm, type Experiment } from './shared/experiment.ts';
export type { MethodConfig, RunConfig, TrainingConfig } from './shared/run-config.ts';
export { firstLosses, runArm, type RunRequest, type TrainedArm } from './shared/run-arm.ts';
export {
  describeOutcome,
  runExperiment,
  type ExperimentRequest,
  type RunOutcome,
} from './shared/run-experiment.ts';

/** Every experiment, by name. */
export const experiments: Readonly<Record<string, Experiment>> = {
  bam: bamExperiment,
  dilo: diLoExperiment,
  sgcl: sgclExperiment,
  vda: vdaExperiment,
};
