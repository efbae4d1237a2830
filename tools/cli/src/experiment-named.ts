import type { Experiment } from '@fovea/experiments';

/**
 * The experiment of a name; loaded here, so that other commands start without it.
 *
 * @throws Error listing the experiments when there is none of that name
 */
export async function experimentNamed(name: string): Promise<Experiment> {
  const { experiments } = await import('@fovea/experiments');
  if (Object.hasOwn(experiments, name)) return experiments[name];
  throw new Error(`there is no experiment "${name}"; there are: ${Object.keys(experiments).join(', ')}.`);
}
