/** Something the user has to know: what is wrong, what was found, and the one thing that repairs it. */
export class SetupFailure extends Error {
  /**
   * @param {string} what
   * @param {{ found: string, fix: string, log?: string }} details
   */
  constructor(what, { found, fix, log }) {
    super(what);
    this.name = 'SetupFailure';
    this.found = found;
    this.fix = fix;
    this.log = log;
  }

  /** @param {string} step */
  describe(step) {
    const lines = [`✗ ${step}: ${this.message}`, `  found: ${this.found}`, `  fix:   ${this.fix}`];
    if (this.log) lines.push(`  log:   ${this.log}`);
    return lines.join('\n');
  }
}

const again = 'then run "npm run setup" again';

/**
 * The failure that a full or unwritable disk means, or undefined for any other error.
 *
 * @param {unknown} error
 */
export function diskFailure(error) {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  const { code, path } = /** @type {NodeJS.ErrnoException} */ (error);
  const where = path ?? 'the folder above';
  if (code === 'ENOSPC' || code === 'EDQUOT') return fullDisk(`${code} while writing ${path ?? 'a file'}`);
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || code === 'ENOTDIR') {
    return new SetupFailure('cannot write a file', {
      found: error.message,
      fix: `make ${where} writable, or choose another cache with FOVEA_CACHE=/a/folder, ${again}`,
    });
  }
  return undefined;
}

/**
 * @param {string} found
 * @param {string} [log]
 */
export function fullDisk(found, log) {
  return new SetupFailure('the disk is full', {
    found,
    fix: `free some space ("df -h" shows where; FOVEA_CACHE=/a/folder moves the cache), ${again}`,
    log,
  });
}

const offline =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|EHOSTUNREACH|ETIMEDOUT|ERR_SOCKET_TIMEOUT|NewConnectionError|NameResolutionError|Temporary failure in name resolution|Network is unreachable|Connection refused|Connection aborted|ConnectTimeout|Read timed out|ProxyError/;

/**
 * Turns the output of a command that failed into one failure.
 *
 * @param {string} what what the command was to do
 * @param {import('./run-command.mjs').CommandResult} result
 */
export function commandFailure(what, result) {
  const { output, log } = result;
  if (/ENOSPC|EDQUOT|No space left on device|Disk quota exceeded/.test(output)) {
    return fullDisk(firstLine(output, /ENOSPC|EDQUOT|No space|quota/), log);
  }
  if (/DO NOT MATCH THE HASHES|EINTEGRITY/.test(output)) {
    return new SetupFailure(`${what}: a download is not the file that this repository pins`, {
      found: firstLine(output, /Got\s|EINTEGRITY/),
      fix: 'run "npm run setup" again; if it stays so, the registry or a proxy between alters the file',
      log,
    });
  }
  if (offline.test(output)) {
    return new SetupFailure(`${what}: the package registry cannot be reached`, {
      found: firstLine(output, offline),
      fix: `check the network and the proxy settings ("npm config list", "pip config list"), ${again}`,
      log,
    });
  }
  if (/EUSAGE[\s\S]*in sync/.test(output)) {
    return new SetupFailure(`${what}: package-lock.json does not fit the package.json files`, {
      found: firstLine(output, /Missing:|Invalid:/),
      fix: `npm install --package-lock-only --ignore-scripts, ${again}`,
      log,
    });
  }
  return new SetupFailure(what, {
    found: `${result.status}; ${firstLine(output, /error(?!.*(code|complete log))/i)}`,
    fix: `read the log below, ${again}`,
    log,
  });
}

/**
 * The line of an output that says most: the first that fits, else the last.
 *
 * @param {string} output
 * @param {RegExp} pattern
 */
function firstLine(output, pattern) {
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  const line = lines.find((candidate) => pattern.test(candidate)) ?? lines.at(-1) ?? 'no output';
  return line.length > 300 ? `${line.slice(0, 300)}…` : line;
}
