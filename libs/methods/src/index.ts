export { BAM, bam, type BamLearnerOptions } from './bam.ts';
export { BARLOW, barlow, type BarlowOptions } from './barlow.ts';
export { BYOL, byol, type ByolOptions } from './byol.ts';
export { CAST, cast, type CastOptions } from './cast.ts';
export { CMC, cmc, type CmcLearnerOptions } from './cmc.ts';
export {
  contrastiveBoxes,
  contrastiveCropOver,
  renewsBoxes,
  type ContrastiveCropSettings,
} from './contrastive-crop.ts';
export { DENSE_CL, denseCl, type DenseClLearnerOptions } from './dense-cl.ts';
export { diDa, type AttentionSettings, type DidaSettings } from './dida.ts';
export { diLo, DILO_PASTE } from './dilo.ts';
export { DINO, dino, type DinoLearnerOptions } from './dino.ts';
export { embeddingSpread } from './embedding-spread.ts';
export {
  applyHead,
  backboneOf,
  disposeModules,
  eachView,
  embed,
  encoderOf,
  featuresOf,
  globalViews,
  localViews,
  stateOf,
  teacherOf,
  weightsOf,
  type BackboneOptions,
  type Encoder,
  type HeadOptions,
  type Modules,
  type Teacher,
  type ViewStatistics,
} from './encoder.ts';
export { IBOT, ibot, type IbotLearnerOptions } from './ibot.ts';
export { INSDIS, insDis, type InsDisOptions } from './insdis.ts';
export { labViews, type LabViews } from './lab-views.ts';
export type { BatchExtra, BoxPlan, Learner, LearnerLoss, StepContext, ViewBatch } from './learner.ts';
export {
  method,
  type AnyMethod,
  type Given,
  type Method,
  type MethodFacts,
  type MethodTag,
} from './method.ts';
export { methodNamed, METHODS } from './methods.ts';
export { moco, MOCO_V1, MOCO_V2, type MocoOptions } from './moco.ts';
export { MOCO_V3, mocoV3, type MocoV3LearnerOptions } from './moco-v3.ts';
export { MSN, msn, type MsnLearnerOptions } from './msn.ts';
export { NNCLR, nnclr, type NnclrLearnerOptions } from './nnclr.ts';
export { ORL, orl, type OrlLearnerOptions } from './orl.ts';
export { jitteredRegion, matchedRegions, type RegionMatch } from './orl-stages/orl-regions.ts';
export { keptRegions, type KeptRegionsOptions } from './orl-stages/kept-regions.ts';
export {
  orlCorrespondences,
  type OrlCorrespondences,
  type OrlStageOptions,
  type RegionPair,
} from './orl-stages/orl-correspondences.ts';
export { orlRecipe, orlViews, type OrlViewSource } from './orl-stages/orl-views.ts';
export { regionProposals, type RegionProposalOptions } from './orl-stages/region-proposals.ts';
export { PIX_PRO, pixPro, type PixProLearnerOptions } from './pix-pro.ts';
export { scaledOptions, type Sizes } from './scaled-options.ts';
export { momentumSchedule, rampSchedule, switchSchedule } from './schedules.ts';
export { sgcl, type SgclSettings } from './sgcl.ts';
export { SIMCLR, simClr, type SimClrOptions } from './simclr.ts';
export { SIMSIAM, simSiam, type SimSiamOptions } from './simsiam.ts';
export { SWAV, swav, type SwavLearnerOptions } from './swav.ts';
export { TWIST, twist, type TwistLearnerOptions } from './twist.ts';
export { VICREG, vicReg, type VicRegLearnerOptions } from './vicreg.ts';
