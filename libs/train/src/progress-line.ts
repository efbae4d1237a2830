import type { StepReport } from './fit-options.ts';

const PLAIN_INTERVAL_S = 15;

/** A place to write progress to: a terminal rewrites one line, anything else gets a line now and then. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/**
 * A step reporter for the terminal: `bam  epoch 3/8  step 61/160  loss 5.8714  412 images/s  0:21 left`.
 *
 * @param label - what is being trained
 * @param epochs - epochs in all
 * @param stream - default standard error, so that printed results stay clean
 */
export function progressLine(
  label: string,
  epochs: number,
  stream: ProgressStream = process.stderr,
): (report: StepReport) => void {
  let last = -Infinity;
  return (report) => {
    const isLast = report.step === report.steps;
    const now = performance.now() / 1000;
    if (!stream.isTTY && !isLast && now - last < PLAIN_INTERVAL_S) return;
    last = now;
    const text = describe(label, epochs, report);
    stream.write(stream.isTTY ? `\r\u001b[2K${text}${isLast ? '\n' : ''}` : `${text}\n`);
  };
}

/** An output that can be changed later, as `display` of `@fovea/kernel/notebook` returns it. */
export interface ProgressHandle {
  update(value: unknown): void;
}

const NOTEBOOK_INTERVAL_S = 0.25;

/**
 * A step reporter for a notebook: one output with a bar and the line of `progressLine`, rewritten in place.
 *
 * @param show - `display` of `@fovea/kernel/notebook`
 *
 * @example
 * const handles: unknown[] = [];
 * const onStep = progressDisplay('bam', 8, (value) => ({ update: (next) => handles.push(value, next) }));
 */
export function progressDisplay(
  label: string,
  epochs: number,
  show: (value: unknown) => ProgressHandle,
): (report: StepReport) => void {
  let handle: ProgressHandle | undefined;
  let last = -Infinity;
  return (report) => {
    const now = performance.now() / 1000;
    if (report.step < report.steps && now - last < NOTEBOOK_INTERVAL_S) return;
    last = now;
    const value = outputOf(describe(label, epochs, report), report.step, report.steps);
    if (handle === undefined) handle = show(value);
    else handle.update(value);
  };
}

/** What the notebook kernel shows as HTML, and elsewhere as text. */
function outputOf(line: string, step: number, steps: number): object {
  const escaped = line.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const html = `<progress max="${steps}" value="${step}"></progress> <code>${escaped}</code>`;
  return { [Symbol.for('Jupyter.display')]: () => ({ 'text/html': html, 'text/plain': line }) };
}

function describe(label: string, epochs: number, report: StepReport): string {
  const { epoch, step, steps, loss, imagesPerSecond, secondsLeft } = report;
  return [
    label,
    `epoch ${epoch}/${epochs}`,
    `step ${step}/${steps}`,
    `loss ${loss.toFixed(4)}`,
    `${Math.round(imagesPerSecond)} images/s`,
    step === steps ? 'done' : `${clockTime(secondsLeft)} left`,
  ].join('  ');
}

function clockTime(seconds: number): string {
  const whole = Math.ceil(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const tail = String(whole % 60).padStart(2, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${tail}` : `${minutes}:${tail}`;
}
