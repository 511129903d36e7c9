/** Finds an nginx to run and its build options. Reads only the given paths. */
import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { GapwatchError } from '../../core/errors.ts';
import { commandLine } from '../../core/shell.ts';
import { whoCanWrite } from '../../files/who-can-write.ts';

/** Folders of packages that are not on a user's PATH. */
const USUAL_FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/usr/local/nginx/sbin', '/usr/local/openresty/nginx/sbin'];

export interface NginxBinary {
  readonly path: string;
  /** `1.22.1`; null when `nginx -v` prints another format. */
  readonly version: string | null;
  /** The `configure arguments:` line. */
  readonly configureArguments: string;
}

/**
 * The nginx binary on `searchPath` (the value of PATH) or in the usual folders. @throws GapwatchError CONFIG with a
 * remedy when there is none, or when other users could have written it.
 */
export async function findNginxBinary(searchPath: string): Promise<NginxBinary> {
  const folders = [...searchPath.split(delimiter).filter((folder) => folder !== ''), ...USUAL_FOLDERS];
  const path = folders.map((folder) => join(folder, 'nginx')).find(isExecutable);
  if (path === undefined) {
    throw new GapwatchError('CONFIG', 'no nginx was found on PATH or in /usr/sbin', {
      hint: 'Install one (Debian, Ubuntu: apt-get install nginx-light; Alpine: apk add nginx; macOS: brew install nginx).',
    });
  }
  refuseStrangers(path);
  const { stderr } = await promisify(execFile)(path, ['-V']);
  return {
    path,
    version: /nginx version: \S+?\/([\d.]+)/.exec(stderr)?.[1] ?? null,
    configureArguments: /configure arguments: (.*)/.exec(stderr)?.[1] ?? '',
  };
}

/** Root runs only what root alone controls, because PATH may hold folders of other users. */
function refuseStrangers(path: string): void {
  const exposure = process.geteuid?.() === 0 ? whoCanWrite(path) : null;
  if (exposure === null) return;
  throw new GapwatchError('CONFIG', `${path} is not run as root: ${exposure.path} ${exposure.because}`, {
    hint: `${commandLine(exposure.mend)}\n  or leave its folder out of PATH`,
  });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
