/** Reports a status page that this host cannot read. */
import type { Settings } from '../../core/settings.ts';
import type { HostFacts, Objection, Rule } from '../rule.ts';
import { statusServer } from '../status-server.ts';

function judge(settings: Settings, { statusFailure }: HostFacts): readonly Objection[] {
  const { statusPages } = settings;
  const [best] = statusPages;
  if (best === undefined) return [];
  const shut = statusPages.every(({ allowsLocal }) => allowsLocal === false);
  if (!shut && statusFailure === null) return [];
  const source = best.url.includes('+unix:') ? 'unix:' : best.url.includes('[::1]') ? '::1' : '127.0.0.1';
  return [
    {
      severity: 'warning',
      place: best.place,
      text: shut
        ? `the rules of the status page (${best.url}) deny this host`
        : `the status page (${best.url}) did not answer: ${statusFailure}`,
      cost: 'every diagnosis and digest lacks its counters',
      remedy: shut ? `allow ${source};   # before the deny` : statusServer(settings),
    },
  ];
}

export const rule: Rule = {
  id: 'stub-status-unreachable',
  title: 'Status page not reachable',
  reference: 'nginx src/http/modules/ngx_http_access_module.c ngx_http_access_inet()',
  judge,
};
