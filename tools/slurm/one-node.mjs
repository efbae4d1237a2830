// `npm run test:slurm [-- --log FILE]`: a sweep on a real Slurm of one node, with a task that is cancelled and one that is put back into the queue.
// Needs root and the programs of Debian's slurm-wlm and munge; everything it starts and writes lies in a temporary folder.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { cpus, hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('../..', import.meta.url));
const fovea = join(root, 'tools/cli/bin/fovea.mjs');
const seeds = [0, 1, 2, 3];
const { values: flags } = parseArgs({ options: { log: { type: 'string' } } });
let said = '';

const missing = ['munged', 'slurmctld', 'slurmd', 'sbatch', 'squeue', 'scontrol'].filter(
  (name) => spawnSync('which', [name]).status !== 0,
);
if (missing.length > 0 || process.getuid?.() !== 0) {
  console.error(
    missing.length > 0
      ? `test:slurm needs ${missing.join(', ')}: apt-get install slurm-wlm munge`
      : 'test:slurm must run as root: it starts munged, slurmctld and slurmd',
  );
  process.exit(1);
}

const folder = mkdtempSync(join(tmpdir(), 'fovea-slurm-'));
/** @type {import('node:child_process').ChildProcess[]} */
const daemons = [];
try {
  await startCluster();
  await runSweep();
} finally {
  for (const daemon of daemons.reverse()) daemon.kill('SIGTERM');
  await sleep(500);
  spawnSync('pkill', ['-f', join(folder, 'munge')]);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** @param {string} text */
function say(text) {
  said += text;
  process.stdout.write(text);
}

async function startCluster() {
  const host = hostname().split('.')[0];
  const config = [
    'ClusterName=fovea',
    `SlurmctldHost=${host}(127.0.0.1)`,
    'SlurmctldPort=26817',
    'SlurmdPort=26818',
    'SlurmUser=root',
    'AuthType=auth/munge',
    `AuthInfo=socket=${folder}/munge/munge.socket`,
    'CredType=cred/munge',
    `StateSaveLocation=${folder}/state`,
    `SlurmdSpoolDir=${folder}/spool`,
    `SlurmctldPidFile=${folder}/slurmctld.pid`,
    `SlurmdPidFile=${folder}/slurmd.pid`,
    'ProctrackType=proctrack/linuxproc',
    'TaskPlugin=task/none',
    'SelectType=select/cons_tres',
    'SelectTypeParameters=CR_Core',
    'ReturnToService=2',
    `NodeName=${host} NodeAddr=127.0.0.1 CPUs=${cpus().length} RealMemory=1000 State=UNKNOWN`,
    `PartitionName=all Nodes=${host} Default=YES MaxTime=INFINITE State=UP`,
  ];
  for (const name of ['state', 'spool', 'munge']) mkdirSync(join(folder, name), { mode: 0o755 });
  writeFileSync(join(folder, 'slurm.conf'), `${config.join('\n')}\n`);
  process.env.SLURM_CONF = join(folder, 'slurm.conf');
  execFileSync('chmod', ['755', folder]);
  execFileSync('chown', ['-R', 'munge:munge', join(folder, 'munge')]);
  if (!existsSync('/etc/munge/munge.key')) execFileSync('mungekey', ['--create']);
  const munge = ['munge.socket', 'munge.pid', 'munge.log', 'munge.seed'].map((name) =>
    join(folder, 'munge', name),
  );
  execFileSync('runuser', [
    ...['-u', 'munge', '--', 'munged', '--force', `--socket=${munge[0]}`, `--pid-file=${munge[1]}`],
    ...[`--log-file=${munge[2]}`, `--seed-file=${munge[3]}`],
  ]);
  start('slurmctld', ['-D']);
  await waitFor('slurmctld', () => spawnSync('scontrol', ['ping']).stdout.includes('UP'));
  start('slurmd', ['-D']);
  await waitFor('an idle node', () =>
    spawnSync('sinfo', ['--noheader', '--format=%T']).stdout.toString().includes('idle'),
  );
  say(`✓ a Slurm of one node is up: ${execFileSync('sinfo', ['--version']).toString()}`);
}

/** @param {string} name @param {string[]} args */
function start(name, args) {
  const log = openSync(join(folder, `${name}.log`), 'a');
  daemons.push(spawn(name, args, { stdio: ['ignore', log, log] }));
  closeSync(log);
}

async function runSweep() {
  const env = { ...process.env, FOVEA_RESULTS: join(folder, 'results') };
  const args = ['sweep', 'bam', '--profile', 'smoke', '--arms', 'untrained', '--seeds', seeds.join(',')];
  const sweep = spawn(
    process.execPath,
    [fovea, ...args, '--slurm', '--cpus', '1', '--poll', '2', '--retries', '2'],
    {
      cwd: root,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  for (const stream of [sweep.stdout, sweep.stderr]) {
    stream.on('data', (chunk) => {
      say(String(chunk));
    });
  }
  const ended = new Promise((resolve) => sweep.on('close', resolve));

  await waitFor('the first running task', () => running().length > 0);
  const [first] = running();
  execFileSync('scontrol', ['requeue', first]);
  say(`✓ task ${first} was put back into the queue while it ran\n`);
  await waitFor('another running task', () => running().some((task) => task !== first));
  const second = running().find((task) => task !== first) ?? '';
  execFileSync('scancel', [second]);
  say(`✓ task ${second} was cancelled while it ran\n`);

  const status = await ended;
  const found = seeds.filter((seed) => records(env.FOVEA_RESULTS).some((record) => record.seed === seed));
  check('the sweep ends well', status === 0);
  check('every seed has a record, those of both tasks included', found.length === seeds.length);
  check('the cancelled task was submitted again', new Set(said.match(/^job \d+/gm)).size === 2);
  say(`${said.match(/^✓/gm)?.length ?? 0} passed, 0 failed\n`);
  if (flags.log !== undefined) writeFileSync(flags.log, said.replaceAll(folder, 'TEMPORARY'));
}

/** Running tasks as `job_task`. */
function running() {
  const { stdout } = spawnSync('squeue', ['--noheader', '--array', '--states=RUNNING', '--format=%F_%K']);
  return stdout.toString().split('\n').filter(Boolean);
}

/** @param {string} store */
function records(store) {
  const { stdout } = spawnSync('find', [
    store,
    '-name',
    '*.json',
    '-path',
    '*/bam/smoke/*',
    '-not',
    '-name',
    '*.vl.json',
  ]);
  return stdout
    .toString()
    .split('\n')
    .filter(Boolean)
    .map((file) => JSON.parse(readFileSync(file, 'utf8')));
}

/** @param {string} what @param {boolean} holds */
function check(what, holds) {
  if (holds) {
    say(`✓ ${what}\n`);
    return;
  }
  for (const name of ['slurmctld', 'slurmd'])
    console.log(readFileSync(join(folder, `${name}.log`), 'utf8').slice(-3000));
  throw new Error(`test:slurm: not so: ${what}`);
}

/** @param {string} what @param {() => boolean} condition */
async function waitFor(what, condition) {
  for (let waited = 0; waited < 180_000; waited += 200) {
    if (condition()) return;
    await sleep(200);
  }
  for (const name of ['slurmctld', 'slurmd']) {
    const log = join(folder, `${name}.log`);
    if (existsSync(log)) console.log(readFileSync(log, 'utf8').slice(-3000));
  }
  throw new Error(`test:slurm: waited in vain for ${what}`);
}
