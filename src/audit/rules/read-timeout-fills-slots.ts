/** A stalled upstream holds every request until its timeout: will the slots last that long? */
import type { Pass, Settings } from '../../core/settings.ts';
import { distinctBy } from '../grouping.ts';
import type { HostFacts, Objection, Rule } from '../rule.ts';
import { proxyCapacity, roundUp, slotsPerRequest } from '../slots.ts';
import { number, placeText, seconds } from '../words.ts';

/** With no rate known, that many requests a second and worker are taken for easy to come by. */
const EASY_RATE_PER_WORKER = 10;

/** Passes over HTTP that wait for answers, one for each place where their timeout is set; the longest first. */
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
          ? `an upstream that stalls fills them at ${number(fillRate)} requests a second or more`
          : `at today’s ${number(today)} requests a second an upstream that stalls fills them in ${seconds((requests / rate) * 1000)}`,
      remedy: `${directive} ${good}s;   # or worker_connections ${slots}${today === null ? `, for ${number(rate)} requests a second` : ''}; what the slowest honest answer takes decides`,
    },
  ];
}

export const rule: Rule = {
  id: 'read-timeout-fills-slots',
  title: 'A stalled upstream fills the slots before its timeout',
  reference: 'nginx src/http/ngx_http_upstream.c ngx_http_upstream_send_request()',
  judge,
};
