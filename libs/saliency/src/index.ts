export { absorbingMarkovChain } from './absorbing-markov-chain.ts';
export { attentionBox } from './attention-box.ts';
export { attentionKeepMass } from './attention-keep-mass.ts';
export { bilinearUpsample } from './bilinear-upsample.ts';
export { binarise, type BinariseRule } from './binarise.ts';
export { centrePrior } from './centre-prior.ts';
export { channelSumCam } from './channel-sum-cam.ts';
export { channelSumCamBox, type HeatBoxes } from './channel-sum-cam-box.ts';
export { attentionRollout } from './attention-rollout.ts';
export { classAttention } from './class-attention.ts';
export { connectedComponents, type Components } from './connected-components.ts';
export { contrastiveCam, type TappedNetwork } from './contrastive-cam.ts';
export { cropProposals, type CropProposal } from './crop-proposals.ts';
export { cutOut } from './cut-out.ts';
export {
  differenceAttention,
  differenceAttentionAtTap,
  type DifferenceAttention,
  type DifferenceAttentionOptions,
} from './difference-attention.ts';
export {
  ESTIMATE_DEFAULTS,
  estimateSaliency,
  SALIENCY_ESTIMATORS,
  type EstimateSaliencyOptions,
  type SaliencyEstimator,
} from './estimate-saliency.ts';
export { frequencyTuned } from './frequency-tuned.ts';
export { geodesicSaliency } from './geodesic-saliency.ts';
export type { GradCam } from './cam-of.ts';
export { gradCamAtTap, type GradCamAtTapOptions } from './grad-cam-at-tap.ts';
export { gradientAtTap, tapNetwork, type TapNetwork } from './tap-network.ts';
export { gradCam } from './grad-cam.ts';
export { gradCamPlusPlus } from './grad-cam-plus-plus.ts';
export { guidedFilter } from './guided-filter.ts';
export type { Image, Mask, SaliencyMap } from './image.ts';
export { inpaintBackground } from './inpaint-background.ts';
export { largestComponentBox, type LargestComponentBox } from './largest-component-box.ts';
export type { MapMaker } from './map-maker.ts';
export {
  onnxSaliency,
  type OnnxRuntime,
  type OnnxSaliency,
  type OnnxSaliencyOptions,
  type OnnxSession,
  type OnnxTensor,
} from './learned/onnx-saliency.ts';
export { maskOut } from './mask-out.ts';
export { minimumBarrierDistance } from './minimum-barrier-distance.ts';
export { otsu } from './otsu.ts';
export {
  precomputeSaliency,
  type PrecomputedSaliency,
  type PrecomputeSaliencyOptions,
} from './precompute-saliency.ts';
export { randomMap } from './random-map.ts';
export { removeFrame, type PixelBox } from './remove-frame.ts';
export { resizeMap } from './resize-map.ts';
export { rgbToLab } from './rgb-to-lab.ts';
export { robustBackground } from './robust-background.ts';
export { saliencyAdaptiveParams } from './saliency-adaptive-params.ts';
export { saliencyCache, type SaliencyCache } from './saliency-cache.ts';
export { saliencyPool, type SaliencyPool } from './saliency-pool.ts';
export { sgclTargetMap } from './sgcl-target-map.ts';
export { showMaps, type ShowMapsOptions, type ShownMaps } from './show-maps.ts';
export { slic, type Superpixels } from './slic.ts';
export {
  learnedSaliency,
  networkSaliency,
  type LearnedSaliency,
  type LearnedSaliencyOptions,
} from './learned/learned-saliency.ts';
export { saliencyLoss, type SaliencyLoss } from './learned/saliency-loss.ts';
export { saliencyNetwork, type SaliencyNetwork } from './learned/saliency-network.ts';
export { saliencyTrainer, type SaliencyTrainer, type WeightUpdate } from './learned/saliency-trainer.ts';
export { loadSaliencyNetwork, saveSaliencyNetwork } from './learned/saliency-weights.ts';
export { structuralSimilarity } from './learned/structural-similarity.ts';
export { lost } from './lost.ts';
export type { DiscoveredObject } from './patch-graph.ts';
export { tokenCut } from './token-cut.ts';
export { spectralResidual } from './spectral-residual.ts';
export { superpixelGraph, type SuperpixelGraph } from './superpixel-graph.ts';
