/**
 * Log lines contradict the processes or the status page. Text from an application imitates entries of nginx; no cause
 * uses such lines.
 */
import type { Disputed, Evidence } from '../../core/evidence.ts';
import { plural } from '../../core/format.ts';
import { comment, quoted } from '../../core/shell.ts';
import { type Cause, confirmed, type Judgement } from '../cause.ts';
import { fix, item } from '../words.ts';

const MOST_ITEMS = 5;
const MOST_WORDS = 160;

/** The entry without its head: `worker process 812 exited on signal 11`. Untrusted. */
function wordsOf({ line }: Disputed): string {
  return line.replace(/^.*?\[[a-z]+\] (?:\d+#\d+: )?(?:\*\d+ )?/, '').slice(0, MOST_WORDS);
}

function judge({ disputed = [] }: Evidence): Judgement {
  const [first] = disputed;
  if (first === undefined) return null;
  const lines = disputed.reduce((sum, { count }) => sum + count, 0);
  return confirmed({
    confidence: 'likely',
    severity: 'info',
    since: Math.min(...disputed.map(({ lastAt }) => lastAt)),
    summary: `${plural(lines, 'log line')} not believed: ${first.pattern}${first.pid === null ? '' : ` by process ${first.pid}`}, but ${first.because}. Nothing is concluded from ${lines === 1 ? 'it' : 'them'}.`,
    evidenceFor: disputed.slice(0, MOST_ITEMS).map((each) =>
      item(each.pattern, {
        value: each.count,
        unit: 'lines',
        text: `"${wordsOf(each)}": ${each.because}`,
        at: each.lastAt,
      }),
    ),
    fixes: [
      fix({
        title: 'Find the entry that contains them',
        snippet: `grep -nF -B3 -A3 -e ${quoted(wordsOf(first))} ${quoted(first.source)}\n${comment('the client: of the next line that has one sent it')}`,
        effect: 'shows the request and the application that logs it unescaped',
        risk: 'none',
      }),
    ],
    nextChecks: ['log', 'workers'],
  });
}

export const cause: Cause = {
  id: 'disputed-lines',
  kind: 'note',
  title: 'Log lines that are not believed',
  means:
    'The log holds lines that /proc or the status page contradict, or that no process of this nginx wrote. Text that an application writes to FastCGI stderr, or a Lua script logs, goes into the log unescaped, line breaks included.',
  looksLike:
    'A worker that "exited on signal" and is alive; pids of no process of this nginx; "worker_connections are not enough" while accepts and handled grow alike.',
  fix: 'Find the application that logs input of clients without escaping line breaks. Lines of another nginx in the same log look the same: give each nginx a separate log.',
  differsFrom: [{ cause: 'worker-crash', how: 'there the process is gone' }],
  references: [
    'nginx src/http/modules/ngx_http_fastcgi_module.c ngx_http_fastcgi_process_header()',
    'nginx src/core/ngx_log.c ngx_log_error_core()',
  ],
  reads: ['workers', 'stub-status'],
  consequences: [],
  precedence: 940,
  judge,
};
