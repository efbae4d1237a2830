import { RecordStore, runName, writeConfirmation, type RecordFilter } from '@fovea/results';
import { recordReasons } from './record-reasons.ts';

/**
 * Confirms every stored record whose code alone has changed, prints a line each, and tells whether all held. What is found is stored at once,
 * so that a command that is stopped goes on where it was.
 *
 * @throws Error when the records were made with several numbers of threads and none is given
 */
export async function confirmRecords(filter: RecordFilter, threads?: number): Promise<boolean> {
  const store = new RecordStore();
  const counts = [...new Set(store.read(filter).map(({ provenance }) => provenance.threads))];
  if (threads === undefined && counts.length > 1) {
    throw new Error(
      `the records were made with ${counts.sort((a, b) => a - b).join(', ')} threads; say --threads, once for each.`,
    );
  }
  const wanted = threads ?? counts.at(0);
  if (wanted === undefined) {
    throw new Error(
      `no record of ${filter.experiment ?? 'any experiment'} at ${filter.profile ?? 'any profile'}.`,
    );
  }
  // As a sweep sets them, before libtensorflow loads: nothing that loads it may be imported above.
  Object.assign(process.env, { FOVEA_THREADS: String(wanted), TF_NUM_INTEROP_THREADS: String(wanted) });
  const { confirmRecord, experiments, rememberedCode } = await import('@fovea/experiments');
  const code = rememberedCode();
  const tally = { confirmed: 0, differ: 0, older: 0 };
  for (const record of store.read(filter)) {
    if (record.provenance.threads !== wanted) continue;
    const reasons = await recordReasons(record, code);
    if (reasons.length === 0) continue;
    const other = reasons.filter((reason) => !reason.startsWith('code:'));
    if (other.length > 0) {
      tally.older++;
      console.log(`${runName(record)}  not compared, run it again: ${other.join('; ')}`);
      continue;
    }
    const { confirmation, differences } = await confirmRecord(experiments[record.experiment], record);
    if (confirmation) writeConfirmation(store, record, confirmation);
    tally[confirmation ? 'confirmed' : 'differ']++;
    console.log(
      [
        `${runName(record)}  ${confirmation ? `confirmed: ${confirmation.compared}` : 'DIFFERS'}`,
        ...differences,
      ].join('\n    '),
    );
  }
  console.log(
    `${tally.confirmed} confirmed, ${tally.differ} differ, ${tally.older} to be run again for other reasons`,
  );
  return tally.differ === 0 && tally.older === 0;
}
