/** Bolt's and the SDK's words in our log: constant message, redacted, never at debug, where they print tickets and URLs. */
import { type Logger as BoltLogger, LogLevel } from '@slack/bolt';
import type { Logger } from '../../core/logger.ts';
import { publishable } from '../../core/redact.ts';

const OURS =
  /(\bticket=|\/(?:actions|commands|api\/response)\/|trigger_id["']?[:=]\s*["']?|\btoken["']?[:=]\s*["']?)[^\s"'&,}]+/gi;

/** What the SDK may say in our log. */
function sdkWords(parts: readonly unknown[]): string {
  const text = parts.map((part) => (part instanceof Error ? part.message : String(part))).join(' ');
  return publishable(text.replace(OURS, '$1[redacted]'), 500);
}

export function createBoltLogger(logger: Logger): BoltLogger {
  return {
    debug() {},
    info: (...parts) => logger.debug({ said: sdkWords(parts) }, 'Slack SDK'),
    warn: (...parts) => logger.warn({ said: sdkWords(parts) }, 'Slack SDK warns'),
    // What the SDK calls an error it recovers from by itself; what it cannot is reported by health.
    error: (...parts) => logger.warn({ said: sdkWords(parts) }, 'Slack SDK reports an error'),
    setLevel() {},
    getLevel: () => LogLevel.INFO,
    setName() {},
  };
}
