/** Reports timeouts that let idle or silent clients hold their slots for too long. */

import { percent } from '../../core/format.ts';
import type { Place, Settings } from '../../core/settings.ts';
import type { HostFacts, Objection, Rule } from '../rule.ts';
import { clientSlots } from '../slots.ts';
import { number, seconds } from '../words.ts';

/** Most slots that idle keep-alive connections may hold. nginx closes them only when slots run short. */
const MANY_IDLE = 0.75;
/** Silent clients per second and worker that one attacker easily sends. */
const EASY_RATE = 10;
const GOOD_SECONDS = 15;

interface Wait {
  readonly directive: string;
  readonly valueMs: number;
  readonly place: Place | null;
  readonly what: string;
}

const WHAT: Readonly<Record<string, string>> = {
  client_header_timeout: 'a client that sends no request',
  client_body_timeout: 'a client that pauses in its upload',
  send_timeout: 'a client that stops reading',
};

/** Timeouts above the default of 60 s, set in http{} or below. */
function longWaits(settings: Settings): readonly Wait[] {
  const written = [
    { directive: 'client_header_timeout', setting: settings.clientHeaderTimeoutMs },
    { directive: 'client_body_timeout', setting: settings.clientBodyTimeoutMs },
    { directive: 'send_timeout', setting: settings.sendTimeoutMs },
  ].map(({ directive, setting }) => ({ directive, valueMs: setting.value, place: setting.place }));
  const below = (settings.overrides ?? []).map(({ directive, value, place }) => ({ directive, valueMs: value, place }));
  return [...written, ...below].flatMap((wait) => {
    const what = WHAT[wait.directive];
    return what !== undefined && wait.place !== null && wait.valueMs > 60_000 ? [{ ...wait, what }] : [];
  });
}

function silent({ directive, valueMs, place, what }: Wait, slots: number): readonly Objection[] {
  const fill = slots / (valueMs / 1000);
  if (fill > EASY_RATE) return [];
  return [
    {
      severity: 'warning',
      place,
      text: `${directive} ${seconds(valueMs)}: ${what} keeps one of ${slots} slots for that long`,
      cost: `${number(fill)} such clients a second fill a worker and keep it full`,
      remedy: `${directive} ${GOOD_SECONDS}s;`,
    },
  ];
}

/** Too long a keepalive_timeout: nginx closes idle connections when slots run short, so clients must reconnect. */
function idle(
  { keepaliveTimeoutMs, workerCount, httpPlace }: Settings,
  { connectionsPerSecond }: HostFacts,
  slots: number,
): readonly Objection[] {
  const { value, place } = keepaliveTimeoutMs;
  if (connectionsPerSecond === null || workerCount === null || value === 0) return [];
  const total = slots * workerCount;
  const share = (connectionsPerSecond * value) / 1000 / total;
  if (share < MANY_IDLE) return [];
  const good = Math.max(1, Math.floor((total * 0.4) / connectionsPerSecond));
  return [
    {
      severity: 'warning',
      place: place ?? httpPlace ?? null,
      text: `keepalive_timeout ${seconds(value)} at ${number(connectionsPerSecond)} new connections a second can hold ${percent(share)} of the ${total} slots with idle clients`,
      cost: 'nginx closes idle connections to free slots, and drops requests that arrive on them at that moment',
      remedy: `keepalive_timeout ${good}s;`,
    },
  ];
}

function judge(settings: Settings, host: HostFacts): readonly Objection[] {
  const slots = clientSlots(settings);
  if (slots === 0) return [];
  return [...longWaits(settings).flatMap((wait) => silent(wait, slots)), ...idle(settings, host, slots)];
}

export const rule: Rule = {
  id: 'client-timeouts-hold-slots',
  title: 'Client timeouts too long for the slots',
  reference: 'nginx.org ngx_http_core_module client_header_timeout, keepalive_timeout',
  judge,
};
