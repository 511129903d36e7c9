/**
 * Secrets come from the environment, or from the file that NAME_FILE names; never from YAML. They are held here and
 * handed to `slack` only.
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

/** The file that holds it; null when it comes from the environment itself, or not at all. */
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
  throw new GapwatchError('CONFIG', `${name}_FILE: ${file} is empty`, { hint: 'Put the token alone in that file.' });
}

/** Secrets that others on this host can read. A volume of a container is often so, and cannot be changed: no error. */
export function readableSecrets(
  env: Env,
): readonly { readonly file: string; readonly mode: string; readonly mend: string }[] {
  return NAMES.flatMap((name) => {
    const file = fileOf(name, env);
    const readable = file === null ? null : whoCanRead(file);
    return file === null || readable === null ? [] : [{ file, ...readable }];
  });
}

/** Throws GapwatchError CONFIG when a `…_FILE` cannot be read, is empty, or could have been written by others. */
export function readSecrets(env: Env): Secrets {
  return {
    botToken: secret('SLACK_BOT_TOKEN', env),
    appToken: secret('SLACK_APP_TOKEN', env),
    signingSecret: secret('SLACK_SIGNING_SECRET', env),
  };
}
