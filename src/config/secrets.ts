/**
 * Secrets come from the environment, or from the file that NAME_FILE names; never from YAML. They are held here and
 * handed to `slack` only.
 */
import { readFileSync } from 'node:fs';
import { GapwatchError } from '../core/errors.ts';

type Env = Readonly<Record<string, string | undefined>>;

export interface Secrets {
  readonly botToken: string | null;
  readonly appToken: string | null;
  readonly signingSecret: string | null;
}

function secret(name: string, env: Env): string | null {
  const direct = env[name]?.trim();
  if (direct !== undefined && direct !== '') return direct;
  const file = env[`${name}_FILE`];
  if (file === undefined || file === '') return null;
  try {
    const content = readFileSync(file, 'utf8').trim();
    if (content !== '') return content;
  } catch (cause) {
    throw new GapwatchError('CONFIG', `${name}_FILE: ${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
  throw new GapwatchError('CONFIG', `${name}_FILE: ${file} is empty`, { hint: 'Put the token alone in that file.' });
}

/** Throws GapwatchError CONFIG when a `…_FILE` cannot be read or is empty. */
export function readSecrets(env: Env): Secrets {
  return {
    botToken: secret('SLACK_BOT_TOKEN', env),
    appToken: secret('SLACK_APP_TOKEN', env),
    signingSecret: secret('SLACK_SIGNING_SECRET', env),
  };
}
