/** Reports max_fails that has no effect with a single server, or that can eject the only server that is up. */

import type { Settings, Upstream, UpstreamServer } from '../../core/settings.ts';
import { configWord } from '../../nginx/config-word.ts';
import type { Objection, Rule } from '../rule.ts';
import { plural, seconds } from '../words.ts';

const isWritten = ({ maxFails, failTimeoutMs }: UpstreamServer): boolean => maxFails !== 1 || failTimeoutMs !== 10_000;

/** nginx counts entries, even those marked down, so it can eject the only server that is up. */
function ejectable({ name, servers }: Upstream, only: UpstreamServer): Objection {
  const asWritten = isWritten(only) ? '' : ' (the default)';
  return {
    severity: 'warning',
    place: only.place,
    text: `${only.address} is the only server of ${name} that is not down, yet ${plural(only.maxFails, 'failure')}${asWritten} ejects it, because ${servers.length} are listed`,
    cost: `after that every request gets 502 "no live upstreams" for ${seconds(only.failTimeoutMs)}`,
    remedy: `server ${configWord(only.address)} max_fails=0;`,
  };
}

function useless({ name }: Upstream, only: UpstreamServer): Objection {
  return {
    severity: 'info',
    place: only.place,
    text: `max_fails and fail_timeout of ${only.address} do nothing: it is the only server of ${name}`,
    cost: 'nginx keeps sending requests to it after failures; there is no failover',
    remedy: `server ${configWord(only.address)};   # or list a second one, or a backup`,
  };
}

function judge({ upstreams }: Settings): readonly Objection[] {
  return upstreams
    .filter(({ explicit }) => explicit)
    .flatMap((upstream) => {
      const alive = upstream.servers.filter(({ down }) => !down);
      const [only] = alive;
      if (only === undefined || alive.length !== 1 || only.resolve) return [];
      if (upstream.servers.length > 1) return only.maxFails === 0 ? [] : [ejectable(upstream, only)];
      return isWritten(only) && only.maxFails !== 0 ? [useless(upstream, only)] : [];
    });
}

export const rule: Rule = {
  id: 'single-server-max-fails',
  title: 'max_fails with a single server',
  reference: 'nginx src/http/ngx_http_upstream_round_robin.c ngx_http_upstream_get_round_robin_peer() (peers->single)',
  judge,
};
