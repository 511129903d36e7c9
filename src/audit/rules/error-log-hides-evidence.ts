/** Reports error logs whose level drops evidence. "reusing connections" is a warning; the default level drops it. */

import type { ErrorLog, Settings } from '../../core/settings.ts';
import { LOG_LEVELS, type LogLevel } from '../../core/signal.ts';
import { configWord } from '../../nginx/config-word.ts';
import type { Objection, Rule } from '../rule.ts';

const above = (level: LogLevel, limit: LogLevel): boolean => LOG_LEVELS.indexOf(level) > LOG_LEVELS.indexOf(limit);

/** Only /dev/null switches a log off: `error_log off` writes to a file named off. */
const isVoid = ({ target }: ErrorLog): boolean => target === '/dev/null';

/** A log of http{} misses messages of the whole process: ngx_drain_connections() writes to the main log. */
function deafOther(logs: readonly ErrorLog[]): string {
  const finer = logs.find((log) => log.context === 'http' && log.place !== null && !above(log.level, 'warn'));
  return finer?.place == null
    ? ''
    : `; the one of http{} (${finer.place.file}:${finer.place.line}) does not receive messages about the whole worker`;
}

function lost(log: ErrorLog, all: readonly ErrorLog[]): readonly Objection[] {
  const where = log.context === 'main' ? 'the main error log' : `the error log of this ${log.context}`;
  // The prefix of a compiled-in relative path is not known without the binary.
  const target = isVoid(log) || log.target === 'logs/error.log' ? '/var/log/nginx/error.log' : log.target;
  if (isVoid(log) || above(log.level, 'error')) {
    return [
      {
        severity: 'warning',
        place: log.place,
        text: isVoid(log) ? `${where} goes to /dev/null` : `${where} keeps only level ${log.level} and above`,
        cost: `upstream failures and timeouts leave no trace except ${log.context === 'stream' ? 'closed connections' : 'the clients’ 502 and 504'}`,
        remedy: `error_log ${configWord(target)} warn;`,
      },
    ];
  }
  if (log.context !== 'main' || !above(log.level, 'warn')) return [];
  return [
    {
      severity: 'info',
      place: log.place,
      text: `${where} has level ${log.level}${log.place === null ? ' (the default)' : ''}${deafOther(all)}`,
      cost: 'nginx drops the line about connections closed because of full slots ("reusing connections") and lines about ejected upstream servers',
      remedy: `error_log ${configWord(target)} notice;   # or warn, without reloads and exits`,
    },
  ];
}

function judge({ errorLogs, origin }: Settings): readonly Objection[] {
  const spoken = errorLogs.filter(({ place }) => origin !== 'fragment' || place !== null);
  // With several main logs, evidence is lost only when none keeps it.
  const main = spoken.filter(({ context }) => context === 'main');
  const kept = main.some((log) => !isVoid(log) && !above(log.level, 'warn'));
  return spoken
    .filter((log) => log.context !== 'main' || (!kept && log === main[0]))
    .flatMap((log) => lost(log, spoken));
}

export const rule: Rule = {
  id: 'error-log-hides-evidence',
  title: 'Error log level hides the evidence',
  reference: 'nginx src/core/ngx_connection.c ngx_drain_connections()',
  judge,
};
