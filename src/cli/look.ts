/** Observes this host once for `status`, `diagnose`, `doctor`, `audit` and `bundle`, with the options they share. */
import { hostname } from 'node:os';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { createSteadyClock } from '../core/clock.ts';
import { parseDuration } from '../core/duration.ts';
import { GapwatchError } from '../core/errors.ts';
import { loadParts } from '../service/load-parts.ts';
import { type WatchResult, watchOnce } from '../service/watch-once.ts';
import type { Io } from './io.ts';

export interface LookedAt extends WatchResult {
  readonly config: Config;
}

/** Info records would mix with the answer on a terminal, so only warnings and errors are logged. */
const quiet = ({ logger }: Io): Io['logger'] => ({
  debug() {},
  info() {},
  warn: (fields, message) => logger.warn(fields, message),
  error: (fields, message) => logger.error(fields, message),
});

export async function look(configFile: string | undefined, forMs: number, io: Io): Promise<LookedAt> {
  const { config } = loadConfig(configFile, io.env);
  const looked = await watchOnce({
    config,
    host: config.host ?? hostname(),
    ...(await loadParts()),
    clock: createSteadyClock(),
    logger: quiet(io),
    forMs,
    stopped: io.stopped,
  });
  return { ...looked, config };
}

/** `20s`, `500ms`, `2m`. Throws GapwatchError USAGE. */
export function parseDurationMs(text: string): number {
  const found = parseDuration(text);
  if (found !== null) return found;
  throw new GapwatchError('USAGE', `${JSON.stringify(text)} is not a duration`, {
    hint: 'Write 500ms, 20s, 2m, 1h or 7d.',
  });
}
