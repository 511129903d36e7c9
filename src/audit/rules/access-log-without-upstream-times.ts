/** Reports access logs without upstream times: they cannot show whether a backend, a client or nginx was slow. */

import type { AccessLog, Settings } from '../../core/settings.ts';
import { COMBINED_FORMAT } from '../../nginx/log-format.ts';
import { printedFormat } from '../../nginx/printed-words.ts';
import type { Objection, Rule } from '../rule.ts';

const TIMES = /\$\{?upstream_(response|header|connect)_time\b/;
const ADDED =
  'rt=$request_time uct=$upstream_connect_time uht=$upstream_header_time urt=$upstream_response_time ua=$upstream_addr';

const isHttp = ({ format }: AccessLog): boolean => format !== null && !/\$protocol\b|\$session_time\b/.test(format);

/** Never repeats a custom format that contains literal text, because that text may be secret. */
function remedyFor(log: AccessLog): string {
  const format = log.escape === 'default' ? (log.format ?? COMBINED_FORMAT) : COMBINED_FORMAT;
  const base = printedFormat(format) === format ? format : COMBINED_FORMAT;
  return `log_format with_upstream '${base.replaceAll("'", "\\'")} ${ADDED}';\naccess_log ${log.target} with_upstream;`;
}

function judge({ accessLogs, passes }: Settings): readonly Objection[] {
  const proxied = passes.find(({ context }) => context === 'http');
  const logs = accessLogs.filter(isHttp);
  const [first] = logs;
  if (proxied === undefined || logs.some(({ format }) => TIMES.test(format ?? ''))) return [];
  const cost = 'a slow backend, a slow client and a full worker look the same in the log';
  if (first === undefined) {
    if (accessLogs.length > 0) return [];
    const remedy = `log_format with_upstream '${COMBINED_FORMAT} ${ADDED}';\naccess_log /var/log/nginx/access.log with_upstream;`;
    return [{ severity: 'info', place: proxied.place, text: 'proxied requests are not logged at all', cost, remedy }];
  }
  return [
    {
      severity: 'info',
      place: first.place ?? proxied.place,
      text: `no access log has upstream times (${first.target}, format ${first.formatName})`,
      cost,
      remedy: remedyFor(first),
    },
  ];
}

export const rule: Rule = {
  id: 'access-log-without-upstream-times',
  title: 'Access log without upstream times',
  reference: 'nginx.org ngx_http_upstream_module, embedded variables',
  judge,
};
