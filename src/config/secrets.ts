/**
 * Reads secrets from the environment variable NAME or from the file in NAME_FILE, never from YAML. Only `slack`
 * receives them. It refuses a file that another user can write.
 */
import { GapwatchError } from '../core/errors.ts';
import { readTrustedFile, whoCanRead } from '../files/trusted-file.ts';

type Env = Readonly<Record<string, string | undefined>>;

const NAMES = ['SLACK_BOT_TOKEN', 'SLACK_APP_TOKEN', 'SLACK_SIGNING_SECRET'] as const;
const MAX_BYTES = 64 * 1024;

export interface Secrets {
  readonly botToken: string | null;
  readonly appToken: string | null;
  readonly signingSecret: string | null;
}

function direct(name: string, env: Env): string | null {
  const value = env[name]?.trim() ?? '';
  return value === '' ? null : value;
}

/** The file of a secret; null when NAME itself is set, or neither is. */
function fileOf(name: string, env: Env): string | null {
  const file = env[`${name}_FILE`] ?? '';
  return file === '' || direct(name, env) !== null ? null : file;
}

function secret(name: string, env: Env): string | null {
  const file = fileOf(name, env);
  if (file === null) return direct(name, env);
  try {
    const content = readTrustedFile(file, `${name}_FILE:`, MAX_BYTES).trim();
    if (content !== '') return content;
  } catch (cause) {
    if (cause instanceof GapwatchError) throw cause;
    throw new GapwatchError('CONFIG', `${name}_FILE: ${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
  throw new GapwatchError('CONFIG', `${name}_FILE: ${file} is empty`, { hint: 'Write only the token into that file.' });
}

/**
 * Secret files that other users of this host can read. This is only a warning, because a mounted volume of a container
 * often has such modes and cannot be changed.
 */
export function readableSecrets(
  env: Env,
): readonly { readonly file: string; readonly mode: string; readonly mend: string }[] {
  return NAMES.flatMap((name) => {
    const file = fileOf(name, env);
    const readable = file === null ? null : whoCanRead(file);
    return file === null || readable === null ? [] : [{ file, ...readable }];
  });
}

/** Throws GapwatchError CONFIG when a `…_FILE` cannot be read, is empty, or can be written by other users. */
export function readSecrets(env: Env): Secrets {
  return {
    botToken: secret('SLACK_BOT_TOKEN', env),
    appToken: secret('SLACK_APP_TOKEN', env),
    signingSecret: secret('SLACK_SIGNING_SECRET', env),
  };
}
