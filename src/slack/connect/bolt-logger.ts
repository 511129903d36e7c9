/**
 * Bolt's and the SDK's words in our log: constant message, redacted, never at debug, where they print tickets and URLs,
 * and the same sentence at most once a minute, because a peer decides how often it is said.
 */
import { type Logger as BoltLogger, LogLevel } from '@slack/bolt';
import { systemClock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import { publishable } from '../../core/redact.ts';
import { createRarely } from './rarely.ts';

const OURS =
  /(\bticket=|\/(?:actions|commands|api\/response)\/|trigger_id["']?[:=]\s*["']?|\btoken["']?[:=]\s*["']?)[^\s"'&,}]+/gi;

/** What the SDK may say in our log. */
function sdkWords(parts: readonly unknown[]): string {
  const text = parts.map((part) => (part instanceof Error ? part.message : String(part))).join(' ');
  return publishable(text.replace(OURS, '$1[redacted]'), 500);
}

export function createBoltLogger(logger: Logger, clock = systemClock): BoltLogger {
  const rarely = createRarely(clock);
  const warn = (message: string, parts: readonly unknown[]): void => {
    const said = sdkWords(parts);
    // Numbers differ from one time to the next: durations, times, codes.
    rarely(message + said.replace(/\d+/g, '#'), () => logger.warn({ said }, message));
  };
  return {
    debug() {},
    info: (...parts) => logger.debug({ said: sdkWords(parts) }, 'Slack SDK'),
    warn: (...parts) => warn('Slack SDK warns', parts),
    // What the SDK calls an error it recovers from by itself; what it cannot is reported by health.
    error: (...parts) => warn('Slack SDK reports an error', parts),
    setLevel() {},
    getLevel: () => LogLevel.INFO,
    setName() {},
  };
}
