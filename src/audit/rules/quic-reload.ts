/** Reports QUIC listeners whose datagrams the kernel can deliver to the wrong worker, above all after a reload. */

import type { Settings } from '../../core/settings.ts';
import { configWord } from '../../nginx/config-word.ts';
import { isSince } from '../../nginx/version.ts';
import { listenText } from '../addresses.ts';
import type { HostFacts, Objection, Rule } from '../rule.ts';
import { plural } from '../words.ts';

function judge(settings: Settings, { reloadsPerHour }: HostFacts): readonly Objection[] {
  const { listens, workerCount, quicBpf, version } = settings;
  const quic = listens.filter((listen) => listen.quic);
  const [first] = quic;
  if (first === undefined) return [];
  const shared = quic.find((listen) => !listen.reuseport);
  const address = listenText((shared ?? first).address);
  if (shared !== undefined && workerCount !== 1) {
    return [
      {
        severity: 'warning',
        place: shared.place,
        text: `listen ${address} quic without reuseport: ${workerCount ?? 'the'} workers read datagrams from one socket`,
        cost: 'a packet can reach a worker that does not know its connection and drops it',
        remedy: `listen ${configWord(address)} quic reuseport;`,
      },
    ];
  }
  if (quicBpf === true) return [];
  const often = reloadsPerHour !== null && reloadsPerHour >= 1;
  return [
    {
      severity: often ? 'warning' : 'info',
      place: first.place,
      text: `quic_bpf is off${often ? `, and there ${reloadsPerHour === 1 ? 'is' : 'are'} ${plural(reloadsPerHour, 'reload')} an hour` : ''}: after a reload the kernel spreads datagrams over old and new workers alike`,
      cost: 'established connections break and new ones are lost to workers that are shutting down (nginx/nginx#425)',
      remedy: `quic_bpf on;   # main context; Linux 5.7${isSince(version, '1.25.0') || version === null ? '' : ' and nginx 1.25'}, CAP_BPF\nworker_shutdown_timeout 10s;`,
    },
  ];
}

export const rule: Rule = {
  id: 'quic-reload',
  title: 'QUIC across workers and reloads',
  reference: 'nginx.org ngx_http_v3_module quic_bpf; nginx/nginx#425',
  judge,
};
