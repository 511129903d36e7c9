/** Builds shell commands with the pids, URLs and paths of this host. */
import type { Evidence } from '../core/evidence.ts';
import { quoted } from '../core/shell.ts';

export function masterPid(evidence: Evidence): string {
  const workers = evidence.latest.workers;
  if (workers?.ok === true) return String(workers.data.masterPid);
  return `$(cat ${quoted(evidence.settings?.pidFile ?? '/run/nginx.pid')})`;
}

/** Pids of the current workers. `pgrep` would also list helpers and old workers. */
export function workerPids(evidence: Evidence): string {
  const slots = evidence.latest.slots;
  if (slots?.ok === true && slots.data.workers.length > 0) {
    return slots.data.workers.map((worker) => worker.pid).join(' ');
  }
  return `$(pgrep -P ${masterPid(evidence)} -f 'worker process$')`;
}

/** The command that prints the status page. */
export function curl(evidence: Evidence): string {
  const sample = evidence.latest['stub-status'];
  const [page] = evidence.settings?.statusPages ?? [];
  const url = (sample?.ok === true ? sample.data.url : page?.url) ?? 'http://127.0.0.1/nginx_status';
  const hostHeader = page?.url === url && page.hostHeader !== null ? ` -H ${quoted(`Host: ${page.hostHeader}`)}` : '';
  const unix = /^(https?)\+unix:\/\/(.+?):(\/.*)$/s.exec(url);
  if (unix === null) return `curl -sk${hostHeader} ${quoted(url)}`;
  return `curl -sk${hostHeader} --unix-socket ${quoted(unix[2] ?? '')} ${quoted(`${unix[1]}://localhost${unix[3]}`)}`;
}
