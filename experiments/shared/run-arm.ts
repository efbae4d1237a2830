import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Backbone } from '@fovea/backbones';
import type { Metric } from '@fovea/eval';
import { workspaceRoot } from '@fovea/files';
import { fold, key, type Key } from '@fovea/random';
import {
  codeDigest,
  provenance,
  recordId,
  RECORD_SCHEMA_VERSION,
  type Curve,
  type Profile,
  type ResultRecord,
} from '@fovea/results';
import { backendInfo, ready } from '@fovea/tensorflow';
import { fit, type FitHistory, type StepReport } from '@fovea/train';
import type { Learner } from '@fovea/methods';
import { buildLearner } from './build-learner.ts';
import { evaluateArm } from './evaluate-arm.ts';
import { armOf, FIRST_LOSS, GUIDED_LOSS, type Experiment } from './experiment.ts';
import type { RunConfig } from './run-config.ts';
import { keepNetwork } from './kept-networks.ts';
import { regionViews } from './region-views.ts';
import { loadRunData, type RunData } from './run-data.ts';
import { saliencyPlanes } from './saliency-planes.ts';
import { evaluation } from './scales.ts';
import { optimiserOf, trainingSchedules } from './training-schedules.ts';
import { runViews } from './view-source.ts';

/** One run of an experiment. */
export interface RunRequest {
  readonly experiment: Experiment;
  readonly arm: string;
  readonly profile: Profile;
  readonly seed: number;
  readonly onStep?: (report: StepReport) => void;
  /** Sees the network before it is freed: what a notebook draws maps of. */
  readonly onTrained?: (trained: TrainedArm) => void | Promise<void>;
  /** Save after every epoch, and go on from there when the run was stopped; default: except at `smoke`. */
  readonly checkpoints?: boolean;
  /** Ends the run between two steps. */
  readonly signal?: AbortSignal;
}

/** A network that has been trained, and what it was trained on. */
export interface TrainedArm {
  readonly arm: string;
  readonly seed: number;
  readonly backbone: Backbone;
  readonly data: RunData;
}

/** Trains and evaluates one arm with one seed, and returns its record; nothing is written. */
export async function runArm(request: RunRequest): Promise<ResultRecord> {
  const { experiment, arm: name, profile, seed } = request;
  const startedAt = new Date();
  await ready();
  const arm = armOf(experiment, name);
  const config = arm.config(profile);
  const data = await loadRunData(config);
  const root = key(seed);
  const subject = buildLearner(config, fold(root, 'learner'));
  try {
    const determinants = {
      experiment: experiment.name,
      arm: name,
      profile,
      seed,
      config: JSON.parse(JSON.stringify(config)) as ResultRecord['config'],
      datasets: [...data.datasets],
      code: codeDigest([
        '@fovea/train',
        '@fovea/eval',
        '@fovea/data',
        '@fovea/augment',
        'experiments/shared',
      ]),
    };
    const id = recordId(determinants);
    const history =
      subject.learner === null ? null : await train(subject.learner, config, data, root, request, id);
    if (profile !== 'smoke') keepNetwork(id, subject.backbone);
    await request.onTrained?.({ arm: name, seed, backbone: subject.backbone, data });
    const metrics = await evaluateArm(subject.backbone, data, config, fold(root, 'evaluate'));
    return {
      schemaVersion: RECORD_SCHEMA_VERSION,
      id,
      ...determinants,
      metrics: [...metrics.map(toRecord), ...(history === null ? [] : lossesOf(history, config))],
      curves: history === null ? [] : curvesOf(history),
      tags: [...arm.tags, ...(history?.collapsed === true ? ['collapsed'] : [])],
      provenance: provenance({
        command: `npx fovea experiment ${experiment.name} --profile ${profile} --arms ${name} --seeds ${seed}`,
        startedAt,
        backend: backendInfo(),
      }),
    };
  } finally {
    subject.dispose();
  }
}

async function train(
  learner: Learner,
  config: RunConfig,
  data: RunData,
  root: Key,
  { profile, onStep, signal, checkpoints = profile !== 'smoke' }: RunRequest,
  id: string,
): Promise<FitHistory> {
  const { epochs, clipNorm } = config.training;
  const [learnerKey, runKey] = [fold(root, 'learner'), fold(root, 'train')];
  const planes = await saliencyPlanes(data, config.views.saliency);
  const { views, close } =
    config.views.regions === null
      ? runViews(data, config, planes, learner, runKey)
      : await regionViews({ config, data, learner, learnerKey, runKey });
  const optimiser = optimiserOf(config.training);
  const folder = join(workspaceRoot(), '.fovea/checkpoints', id);
  try {
    const history = await fit({
      learner,
      views,
      key: fold(runKey, 'steps'),
      epochs,
      optimiser,
      ...trainingSchedules(config.training, views.stepsPerEpoch),
      ...(clipNorm !== null && { clipNorm }),
      ...(checkpoints && { checkpoints: { folder, keep: 1, identity: id } }),
      ...(onStep && { onStep }),
      ...(signal && { signal }),
    });
    if (checkpoints) rmSync(folder, { recursive: true, force: true });
    return history;
  } finally {
    optimiser.dispose();
    await close();
  }
}

/** The record's form of an evaluator's metric. */
function toRecord({ metric, value, unit, direction, n }: Metric): ResultRecord['metrics'][number] {
  return { name: metric, value, unit, direction: direction === 'up' ? 'higher' : 'lower', n };
}

/**
 * The loss of the first step: a function of start, views and method alone, so that any change to these shows at once; and that of the first
 * step that the network's own maps guide.
 */
function lossesOf({ losses }: FitHistory, config: RunConfig): ResultRecord['metrics'] {
  const { batch, epochs } = config.training;
  const epoch = guidedFrom(config);
  const loss = { unit: 'nats', direction: 'equal', n: batch } as const;
  return [
    { ...loss, name: FIRST_LOSS, value: losses[0] },
    ...(epoch === null
      ? []
      : [{ ...loss, name: GUIDED_LOSS, value: losses[(epoch * losses.length) / epochs] }]),
  ];
}

/** The first epoch, from 0, whose views the network's own maps guide; null where none is. */
function guidedFrom({ views: { guide, boxes }, training }: RunConfig): number | null {
  const epoch = guide?.fromEpoch ?? (boxes === null ? null : Math.max(1, boxes.warmUpEpochs));
  return epoch === null || epoch >= training.epochs ? null : epoch;
}

/**
 * The first losses of a run by the names of their metrics, without the rest of it: as far as the first guided step.
 *
 * What is evaluated takes no part in them and is left out.
 */
export async function firstLosses(request: RunRequest): Promise<Record<string, number>> {
  const { experiment, arm, profile } = request;
  const guided = guidedFrom(armOf(experiment, arm).config(profile));
  const found: Record<string, number> = {};
  await trainUntil(request, ({ step, loss }, perEpoch) => {
    if (step === 1) found[FIRST_LOSS] = loss;
    if (guided !== null && step === guided * perEpoch + 1) found[GUIDED_LOSS] = loss;
    return step > (guided ?? 0) * perEpoch;
  });
  return found;
}

/** Mean losses of the first epochs of a run, as far as one that the network's own maps guide, without the rest of it. */
export async function firstEpochs(request: RunRequest): Promise<number[]> {
  const { experiment, arm, profile } = request;
  const epochs = (guidedFrom(armOf(experiment, arm).config(profile)) ?? 0) + 1;
  const sums = new Array<number>(epochs).fill(0);
  let steps = 0;
  await trainUntil(request, ({ step, epoch, loss }, perEpoch) => {
    sums[epoch - 1] += loss;
    steps = perEpoch;
    return step === epochs * perEpoch;
  });
  return sums.map((sum) => sum / steps);
}

/** Trains as a run does, evaluates nothing, and stops once `isEnough` says so of a step. */
async function trainUntil(
  request: RunRequest,
  isEnough: (report: StepReport, perEpoch: number) => boolean,
): Promise<void> {
  const { experiment, arm, profile } = request;
  const own = armOf(experiment, arm);
  const bare = (of: Profile): RunConfig => {
    const config = own.config(of);
    return { ...config, evaluation: evaluation() };
  };
  const { epochs } = own.config(profile).training;
  const stop = new AbortController();
  const onStep = (report: StepReport): void => {
    request.onStep?.(report);
    if (isEnough(report, report.steps / epochs)) stop.abort();
  };
  try {
    const alone = { ...experiment, arms: { [arm]: { ...own, config: bare } } };
    await runArm({ ...request, experiment: alone, checkpoints: false, onStep, signal: stop.signal });
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  }
}

function curvesOf({ epochs }: FitHistory): Curve[] {
  return [
    {
      name: 'train.loss',
      unit: 'nats',
      x: 'epoch',
      at: epochs.map(({ epoch }) => epoch),
      values: epochs.map(({ loss }) => loss),
    },
  ];
}
