/** Tokens and signing secret in Slack's formats, so that swapped or malformed ones are detected; and the page's key. */
import { randomBytes } from 'node:crypto';

export interface Secrets {
  readonly botToken: string;
  readonly appToken: string;
  readonly signingSecret: string;
  /** Part of the printed address of the page. */
  readonly pageKey: string;
}

/** New secrets for each local Slack, which no other local program can guess. */
export function randomSecrets(): Secrets {
  const part = (bytes: number) => randomBytes(bytes).toString('hex');
  return {
    botToken: `xoxb-1000000000-2000000000-${part(16)}`,
    appToken: `xapp-1-A0GAPWATCH0-3000000000-${part(32)}`,
    signingSecret: part(16),
    pageKey: part(16),
  };
}
