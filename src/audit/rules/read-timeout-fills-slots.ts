/** A stalled upstream holds every request until its timeout: will the slots last that long? */
import type { Pass, Settings } from '../../nginx/settings.ts';
import { distinctBy } from '../grouping.ts';
import type { HostFacts, Objection, Rule } from '../rule.ts';
import { proxyCapacity, roundUp, slotsPerRequest } from '../slots.ts';
import { number, placeText, seconds } from '../words.ts';

/** With no rate known: a worker that so few requests a second can fill is worth a word. */
const EASY_RATE_PER_WORKER = 10;

const directiveOf = ({ kind, context }: Pass): string =>
  context === 'stream' ? 'proxy_timeout' : `${kind}_read_timeout`;

/** Passes that wait for answers, one for each place where their timeout is set; the longest first. */
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
  const rate = host.requestsPerSecond;
  if (rate === null ? fillRate > EASY_RATE_PER_WORKER * workers : fillRate > rate) return [];
  const each = slotsPerRequest(host);
  const directive = directiveOf(pass);
  const holds = `${directive} is ${seconds(value)}${place === null ? ' (the default)' : ''}, and ${of} can hold ${requests} proxied requests (${number(each)} slots each)`;
  const good = rate === null ? 10 : Math.max(1, Math.floor((requests * 0.8) / rate));
  const slots =
    rate === null ? settings.workerConnections.value * 4 : roundUp((rate * (value / 1000) * each * 1.25) / workers);
  return [
    {
      severity: rate === null ? 'info' : 'warning',
      place: place ?? pass.place,
      text: holds,
      cost:
        rate === null
          ? `an upstream that stalls fills them at ${number(fillRate)} requests a second or more`
          : `at today’s ${number(rate)} requests a second an upstream that stalls fills them in ${seconds((requests / rate) * 1000)}`,
      remedy: `${directive} ${good}s;   # or worker_connections ${slots}; what the slowest honest answer takes decides`,
    },
  ];
}

export const rule: Rule = {
  id: 'read-timeout-fills-slots',
  title: 'A stalled upstream fills the slots before its timeout',
  reference: 'nginx src/http/ngx_http_upstream.c ngx_http_upstream_send_request()',
  judge,
};
