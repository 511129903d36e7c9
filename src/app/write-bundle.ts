/**
 * Cuts a bundle: what was recorded or can be read now, redacted, in the shape that `replay` takes. Log lines keep their
 * structure (who, which upstream, which error), secrets and full client addresses do not leave the host.
 */

import type { BundleContent } from '../bundle/write.ts';
import { redact } from '../core/redact.ts';
import type { Sample } from '../core/sample.ts';
import type { ConfigNode, ConfigTree } from '../nginx/config-tree.ts';
import type { Discovery } from './discovery/discover.ts';
import { recentLines } from './recent-lines.ts';
import { accessTime, firstErrorTime } from './replay/log-time.ts';

export interface BundleSources {
  readonly host: string;
  readonly sinceMs: number;
  readonly discovery: Discovery | null;
  readonly samples: readonly Sample[];
}

/** Directives whose arguments are secrets whatever they look like. */
const SECRET = /(?:password|secret|_key$|ssl_certificate_key|auth_basic_user_file|set_by_lua|token)/;

function written(nodes: readonly ConfigNode[], depth: number): string[] {
  const indent = '    '.repeat(depth);
  return nodes.flatMap((node) => {
    const args = SECRET.test(node.name) ? ['[redacted]'] : node.args.map((arg) => quote(redact(arg, 'keep')));
    const head = `${indent}${[node.name, ...args].join(' ')}`;
    return node.block === null ? [`${head};`] : [`${head} {`, ...written(node.block, depth + 1), `${indent}}`];
  });
}

const quote = (arg: string): string =>
  arg === '' || /[\s;{}"'#\\]/.test(arg) ? `'${arg.replaceAll(/['\\]/g, '\\$&')}'` : arg;

/** The configuration as nginx reads it, includes in place, secrets out. */
function configText(tree: ConfigTree): string {
  return `${written(tree.nodes, 0).join('\n')}\n`;
}

function tail(path: string, sinceMs: number, timeOf: (line: string) => number | null): string {
  const batch = recentLines(path);
  if (batch === null) return '';
  const lines = Buffer.from(batch.bytes).toString('utf8').split('\n');
  const first = lines.findIndex((line) => (timeOf(line) ?? 0) >= sinceMs);
  return first < 0 ? '' : redact(lines.slice(first).join('\n'));
}

/** nginx writes local time; this host's offset is as good as its. */
function errorTime(line: string): number | null {
  const asUtc = firstErrorTime(line);
  return asUtc === null ? null : asUtc + new Date(asUtc).getTimezoneOffset() * 60_000;
}

export function bundleContent({ host, sinceMs, discovery, samples }: BundleSources): BundleContent {
  const errorLogs = (discovery?.errorLogs ?? []).map((path) => tail(path, sinceMs, errorTime));
  const accessLogs = (discovery?.accessLogs ?? []).map(({ path }) =>
    tail(path, sinceMs, (line) => accessTime(line)?.at ?? null),
  );
  const lines = samples.map(({ at, ...sample }) =>
    JSON.stringify({ type: 'sample', at: new Date(at).toISOString(), host, ...sample }),
  );
  const facts = { host, nginxVersion: discovery?.nginx?.version ?? null, notes: discovery?.notes ?? [] };
  return {
    'error.log': errorLogs.join(''),
    'access.log': accessLogs.join(''),
    'nginx.conf': discovery?.tree == null ? '' : configText(discovery.tree),
    'samples.ndjson': lines.length === 0 ? '' : `${lines.join('\n')}\n`,
    'facts.json': `${JSON.stringify(facts, null, 2)}\n`,
  };
}
