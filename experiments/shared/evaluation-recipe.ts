import { CIFAR_EVALUATION, type EvaluationRecipe } from '@fovea/augment';

/** How every image is prepared for a frozen network: normalised as in training, nothing else. */
export const EVALUATION_RECIPE: EvaluationRecipe = CIFAR_EVALUATION;
