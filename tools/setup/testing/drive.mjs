// Runs the set-up, or the doctor, in the temporary repository of a spec.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext } from '../context.mjs';
import { doctor } from '../doctor.mjs';
import { runSetup } from '../run-setup.mjs';

const [command, root] = process.argv.slice(2);
const bundle = JSON.parse(readFileSync(join(root, 'bundle.json'), 'utf8'));
const context = createContext({ root, bundle: { ...bundle, keep: /^(tensorflow\/(lib|include)|nvidia\/)/ } });
process.exitCode = command === 'doctor' ? await doctor([], context) : await runSetup(context);
