/** Without a status page nginx's own counters, and the gap between accepts and handled, are out of reach. */
import type { Settings } from '../../nginx/settings.ts';
import type { Objection, Rule } from '../rule.ts';

function judge({ statusPages, origin, httpPlace }: Settings): readonly Objection[] {
  if (origin === 'fragment' || httpPlace == null || statusPages.length > 0) return [];
  return [
    {
      severity: 'info',
      place: httpPlace,
      text: 'no location has stub_status',
      cost: 'refused connections and what clients are doing (reading, writing, waiting) can only be inferred',
      remedy:
        'server {\n    listen 127.0.0.1:8080;   # a listener of its own has its own kernel queue\n    access_log off;\n    location = /nginx_status { stub_status; allow 127.0.0.1; deny all; }\n}',
    },
  ];
}

export const rule: Rule = {
  id: 'stub-status-missing',
  title: 'No status page',
  reference: 'nginx.org ngx_http_stub_status_module',
  judge,
};
