/** Reports read timeouts that let a stalled upstream fill all slots before the first request times out. */

import { distinctBy } from '../../core/grouping.ts';
import type { Pass, Settings } from '../../core/settings.ts';
import type { HostFacts, Objection, Rule } from '../rule.ts';
import { proxyCapacity, roundUp, slotsPerRequest } from '../slots.ts';
import { number, placeText, seconds } from '../words.ts';

/** Assumed requests per second and worker when the rate is unknown. */
const EASY_RATE_PER_WORKER = 10;

/** HTTP passes, one for each place that sets their timeout, longest timeout first. */
function waiting({ passes }: Settings): readonly Pass[] {
  const answering = passes.filter(
    ({ upgradesWebsocket, context, readTimeoutMs }) =>
      !upgradesWebsocket && context === 'http' && readTimeoutMs.value > 0,
  );
  const once = distinctBy(answering, ({ kind, readTimeoutMs }) => `${kind} ${placeText(readTimeoutMs.place)}`);
  return [...once].sort((a, b) => b.readTimeoutMs.value - a.readTimeoutMs.value);
}

function judge(settings: Settings, host: HostFacts): readonly Objection[] {
  const [pass] = waiting(settings);
  const { requests, of, workers } = proxyCapacity(settings, host);
  if (pass === undefined || requests === 0) return [];
  const { value, place } = pass.readTimeoutMs;
  const fillRate = requests / (value / 1000);
  const today = host.requestsPerSecond;
  const rate = today ?? EASY_RATE_PER_WORKER * workers;
  if (fillRate > rate) return [];
  const each = slotsPerRequest(host);
  const directive = `${pass.kind}_read_timeout`;
  const holds = `${directive} is ${seconds(value)}${place === null ? ' (the default)' : ''}, and ${of} can hold ${requests} proxied requests (${number(each)} slots each)`;
  const good = Math.max(1, Math.floor((requests * 0.8) / rate));
  const slots = roundUp((rate * (value / 1000) * each * 1.25) / workers);
  return [
    {
      severity: today === null ? 'info' : 'warning',
      place: place ?? pass.place,
      text: holds,
      cost:
        today === null
          ? `a stalled upstream fills them at ${number(fillRate)} requests a second or more`
          : `at the current ${number(today)} requests a second, a stalled upstream fills them in ${seconds((requests / rate) * 1000)}`,
      remedy: `${directive} ${good}s;   # or worker_connections ${slots}${today === null ? `, for ${number(rate)} requests a second` : ''}; allow for your slowest normal response`,
    },
  ];
}

export const rule: Rule = {
  id: 'read-timeout-fills-slots',
  title: 'A stalled upstream fills the slots before its timeout',
  reference: 'nginx src/http/ngx_http_upstream.c ngx_http_upstream_send_request()',
  judge,
};
