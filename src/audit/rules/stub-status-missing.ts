/** Reports a missing status page: without it gapwatch cannot read the counters accepts and handled. */
import type { Settings } from '../../core/settings.ts';
import type { Objection, Rule } from '../rule.ts';
import { statusServer } from '../status-server.ts';

function judge(settings: Settings): readonly Objection[] {
  const { statusPages, origin, httpPlace } = settings;
  if (origin === 'fragment' || httpPlace == null || statusPages.length > 0) return [];
  return [
    {
      severity: 'info',
      place: httpPlace,
      text: 'no location has stub_status',
      cost: 'refused connections and what clients are doing (reading, writing, waiting) can only be estimated',
      remedy: statusServer(settings),
    },
  ];
}

export const rule: Rule = {
  id: 'stub-status-missing',
  title: 'No status page',
  reference: 'nginx.org ngx_http_stub_status_module',
  judge,
};
