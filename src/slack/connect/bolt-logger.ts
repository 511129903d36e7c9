/**
 * Writes messages of Bolt and the SDK to our log: with a constant message, redacted, each at most once a minute, and
 * never at debug level, where they print tickets and URLs.
 */
import { type Logger as BoltLogger, LogLevel } from '@slack/bolt';
import { systemClock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import { publishable } from '../../core/redact.ts';
import { createRarely } from './rarely.ts';

const OURS =
  /(\bticket=|\/(?:actions|commands|api\/response)\/|trigger_id["']?[:=]\s*["']?|\btoken["']?[:=]\s*["']?)[^\s"'&,}]+/gi;

/** The text of the SDK for our log. */
function sdkWords(parts: readonly unknown[]): string {
  const text = parts.map((part) => (part instanceof Error ? part.message : String(part))).join(' ');
  return publishable(text.replace(OURS, '$1[redacted]'), 500);
}

export function createBoltLogger(logger: Logger, clock = systemClock): BoltLogger {
  const rarely = createRarely(clock);
  const warn = (message: string, parts: readonly unknown[]): void => {
    const said = sdkWords(parts);
    // Durations, times and codes differ each time.
    rarely(message + said.replace(/\d+/g, '#'), () => logger.warn({ said }, message));
  };
  return {
    debug() {},
    info: (...parts) => logger.debug({ said: sdkWords(parts) }, 'Slack SDK'),
    warn: (...parts) => warn('Slack SDK warning', parts),
    // The SDK recovers from these errors. `health()` reports the others.
    error: (...parts) => warn('Slack SDK error', parts),
    setLevel() {},
    getLevel: () => LogLevel.INFO,
    setName() {},
  };
}
