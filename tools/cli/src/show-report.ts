import { report, writeReport, type Experiment } from '@fovea/experiments';
import { claimsTable, toPlain, type Profile } from '@fovea/results';

/** Writes tables and charts of the stored records beside them, and prints the tables; where one table cannot hold the records it prints why. */
export async function showReport(experiment: Experiment, profile: Profile): Promise<void> {
  let result;
  try {
    result = report(experiment, profile);
  } catch (error) {
    console.log(`no table yet: ${(error as Error).message}`);
    return;
  }
  await writeReport(result, experiment, profile);
  console.log(`\n${toPlain(result.table)}`);
  if (result.judgements.length > 0) console.log(toPlain(claimsTable(result.judgements)));
}
