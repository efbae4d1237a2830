export { accuracy } from './metrics/accuracy.ts';
export type { FeatureSplits, LabelledFeatures } from './splits/feature-splits.ts';
export { holdOut, type HoldOut } from './splits/hold-out.ts';
export { knn } from './knn/knn.ts';
export { knnClassify, type KnnOptions, type KnnResult } from './knn/knn-classify.ts';
export { lbfgs, type LbfgsOptions, type LbfgsResult, type Objective } from './probes/lbfgs.ts';
export { linear } from './linear/linear.ts';
export type { LinearOptions } from './linear/linear-options.ts';
export {
  linearOnImages,
  type LinearImageTask,
  type LinearOnImagesOptions,
} from './linear/linear-on-images.ts';
export { linearOnShare, type LinearOnShareOptions } from './linear/linear-on-share.ts';
export { linearPresets, type LinearPreset, type LinearRecipe } from './linear/linear-presets.ts';
export { linearProbe, type LinearProbeResult } from './linear/linear-probe.ts';
export { argMaxRows, linearScores } from './probes/linear-scores.ts';
export { logisticProbe, type LogisticProbeOptions } from './probes/logistic-probe.ts';
export {
  logisticRegression,
  type LinearClassifier,
  type LogisticRegressionOptions,
  type LogisticRegressionResult,
} from './probes/logistic-regression.ts';
export type { Metric } from './protocol/metric.ts';
export { ridge } from './probes/ridge.ts';
export { ridgeProbe, type RidgeProbeOptions } from './probes/ridge-probe.ts';
export { scaleFeatures, type FeatureScale } from './splits/scale-features.ts';
export { bootstrapInterval, mean, type BootstrapOptions } from './statistics/bootstrap-interval.ts';
export { holm } from './statistics/holm.ts';
export { mannWhitney } from './statistics/mann-whitney.ts';
export { neededSeeds, type NeededSeedsOptions } from './statistics/needed-seeds.ts';
export { pairedPermutationTest, type PermutationDraws } from './statistics/paired-permutation-test.ts';
export { pairedTTest, type TTestResult } from './statistics/paired-t-test.ts';
export { pearson } from './statistics/pearson.ts';
export { spearman } from './statistics/spearman.ts';
export { summary, type Summary } from './statistics/summary.ts';
export { tInterval } from './statistics/t-interval.ts';
export { welchTTest } from './statistics/welch-t-test.ts';
export { wilcoxon } from './statistics/wilcoxon.ts';
export { linearSvm, type LinearSvmOptions, type LinearSvmResult } from './svm/linear-svm.ts';
export { averagePrecision, type AveragePrecisionKind } from './metrics/average-precision.ts';
export { boxIou, generalizedBoxIou, type Boxes } from './metrics/box-iou.ts';
export { classificationMetrics, type ClassificationMetrics } from './metrics/classification-metrics.ts';
export { clusteringMetrics, type ClusteringMetrics } from './metrics/clustering-metrics.ts';
export { cocoDetectionAp, type Detections, type DetectionTruth } from './metrics/coco-detection-ap.ts';
export type { DetectionScores } from './metrics/coco-ap.ts';
export { energyPointing } from './metrics/energy-pointing.ts';
export { hungarian } from './metrics/hungarian.ts';
export { nms } from './metrics/nms.ts';
export { pointingGame, type MapsAndMasks } from './metrics/pointing-game.ts';
export type { SaliencyImages } from './metrics/saliency-input.ts';
export { saliencyCurves, saliencyMetrics, type SaliencyScores } from './metrics/saliency-metrics.ts';
export { segmentationIoU, type SegmentationScores } from './metrics/segmentation-iou.ts';
export { topKAccuracy } from './metrics/top-k-accuracy.ts';
export { backgroundsChallenge, type BackgroundPredictions } from './robustness/backgrounds-challenge.ts';
export { clustering } from './clustering/clustering.ts';
export { fewShot, type FewShotOptions } from './few-shot/few-shot.ts';
export {
  fineTunePresets,
  type FineTunePreset,
  type FineTuneRecipe,
  type LabelShare,
} from './fine-tuning/fine-tune-presets.ts';
export { insertionDeletion, type InsertionDeletionOptions } from './grounding/insertion-deletion.ts';
export { kMeans, type KMeansOptions, type KMeansResult } from './clustering/k-means.ts';
export { bestHeadJaccard } from './metrics/best-head-jaccard.ts';
export { corLoc } from './metrics/cor-loc.ts';
export { expectedCalibrationError } from './metrics/expected-calibration-error.ts';
export { bestMapIou, mapIou } from './metrics/map-iou.ts';
export { pixelAveragePrecision } from './metrics/pixel-average-precision.ts';
export { vocDetectionAp, type VocDetections, type VocTruth } from './metrics/voc-detection-ap.ts';
export { retrieval, type RetrievalTask } from './retrieval/retrieval.ts';
export {
  semiSupervised,
  type FineTuned,
  type SemiSupervisedOptions,
  type SemiSupervisedTask,
} from './fine-tuning/semi-supervised.ts';
export { stratifiedFolds } from './splits/stratified-folds.ts';
export { subset } from './splits/subset.ts';
export {
  voc07Costs,
  voc07LowShot,
  voc07Shots,
  voc07Svm,
  type LowShotOptions,
  type MultiLabelFeatures,
  type MultiLabelSplits,
  type Voc07SvmOptions,
} from './svm/voc07-svm.ts';
export {
  hardLabels,
  propagateLabels,
  type PatchVideo,
  type PropagateLabelsOptions,
} from './video/propagate-labels.ts';
export {
  boundaryMeasure,
  regionAndBoundary,
  regionSimilarity,
  type MaskPair,
} from './video/region-and-boundary.ts';
export {
  evalImages,
  type EvalImages,
  type EvalImagesOptions,
  type NetworkBatch,
} from './images/eval-images.ts';
export { frozenFeatures, type FrozenFeaturesOptions } from './images/frozen-features.ts';
export { featureTap, mapTap, pooledTap, type Tap, type TapKind } from './images/tap.ts';
export { fineTuning, type FineTuningTask } from './fine-tuning/fine-tuning.ts';
export { keepMetrics } from './protocol/keep-metrics.ts';
export { longTailCounts, longTailRows } from './long-tail/long-tail-rows.ts';
export { longTail, type LongTailOptions } from './long-tail/long-tail.ts';
export { pieces, type EvaluationProgress, type Pieces, type RunControl } from './protocol/run-control.ts';
export { transfer, transferCs, type TransferOptions } from './transfer/transfer.ts';
export { transferList, type TransferImage, type TransferLists } from './transfer/transfer-list.ts';
export { transferSets, type TransferSet } from './transfer/transfer-sets.ts';
export {
  detection,
  type DetectionImages,
  type DetectionOptions,
  type DetectionTask,
} from './dense/detection.ts';
export { instanceMasks, type InstanceImages, type InstanceMasksTask } from './dense/instance-masks.ts';
export { cocoMaskAp, type MaskDetections, type MaskTruth } from './metrics/coco-mask-ap.ts';
export { maskRuns, type MaskRuns } from './metrics/mask-runs.ts';
export type { DetectionObject } from './dense/fcos-targets.ts';
export type { DenseRecipe } from './dense/head-trainer.ts';
export {
  segmentation,
  type SegmentationImages,
  type SegmentationOptions,
  type SegmentationTask,
} from './dense/segmentation.ts';
export { corrupt, type Corruption } from './robustness/corrupt.ts';
export {
  corruptionConstants,
  corruptionTypes,
  type CorruptionSet,
  type CorruptionType,
} from './robustness/corruption-constants.ts';
export { corruptions, type CorruptionsOptions, type CorruptionTask } from './robustness/corruptions.ts';
export { jpegRoundTrip } from './robustness/jpeg-round-trip.ts';
export { copyDetection, type CopyDetectionOptions } from './retrieval/copy-detection.ts';
export { faithfulness, type FaithfulnessOptions, type FaithfulnessTask } from './grounding/faithfulness.ts';
export { grounding, type GroundingOptions } from './grounding/grounding.ts';
export { pcaWhitening, whiten, type PcaWhitening } from './retrieval/pca-whitening.ts';
export { protocolTables, type ProtocolTable } from './protocol/protocol-tables.ts';
export { benjaminiHochberg } from './statistics/benjamini-hochberg.ts';
export { curveBand, type CurveBand } from './statistics/curve-band.ts';
export {
  davisPropagation,
  videoSegmentation,
  type AnnotatedVideo,
  type VideoSegmentationOptions,
} from './video/video-segmentation.ts';
