import type { Judgement } from './judge-claim.ts';
import type { Table } from './table.ts';

/** Judged claims as a table: the sentence, the mean gain with its widest interval and the number of seeds, the verdict, and its reason. */
export function claimsTable(judgements: readonly Judgement[], digits = 2): Table {
  const notes: string[] = [];
  const note = (text: string): number => {
    if (!notes.includes(text)) notes.push(text);
    return notes.indexOf(text) + 1;
  };
  return {
    columns: [
      { name: 'claim', align: 'left' },
      { name: 'gain', align: 'right' },
      { name: 'verdict', align: 'left' },
      { name: 'because', align: 'left' },
    ],
    rows: judgements.map((judgement) => [
      `${judgement.claim.sentence} [${note(judgement.claim.source)}]`,
      gain(judgement, digits),
      judgement.verdict,
      judgement.reason,
    ]),
    notes,
  };
}

function gain({ mean, intervals, gains, unit }: Judgement, digits: number): string {
  if (mean === null) return '–';
  const low = Math.min(...intervals.map((interval) => interval.low));
  const high = Math.max(...intervals.map((interval) => interval.high));
  const range = intervals.length === 0 ? '' : ` [${low.toFixed(digits)}, ${high.toFixed(digits)}]`;
  const sign = mean > 0 ? '+' : '';
  return `${sign}${mean.toFixed(digits)}${range}${unit === '1' ? '' : ` ${unit}`} (${gains.length})`;
}
