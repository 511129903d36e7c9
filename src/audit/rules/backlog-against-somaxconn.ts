/** Reports short accept queues. The length is the smaller of `backlog` and net.core.somaxconn; nginx logs neither. */

import type { Listen, Settings } from '../../core/settings.ts';
import { configWord } from '../../nginx/config-word.ts';
import { facesClients, listenText } from '../addresses.ts';
import type { HostFacts, Objection, Rule } from '../rule.ts';
import { roundUp } from '../slots.ts';
import { seconds, some } from '../words.ts';

/** NGX_LISTEN_BACKLOG on Linux. */
const DEFAULT_BACKLOG = 511;
/** A queue that takes this long to fill at the current rate is long enough: no event loop should block longer. */
const LONG_ENOUGH_MS = 5000;
/** The power of two that takes at least `LONG_ENOUGH_MS` to fill. */
const wantedFor = (perSecond: number): number => roundUp((perSecond * LONG_ENOUGH_MS) / 1000);

function cut(listen: Listen, somaxconn: number): readonly Objection[] {
  const asked = listen.backlog ?? DEFAULT_BACKLOG;
  if (asked <= somaxconn) return [];
  return [
    {
      severity: 'warning',
      place: listen.place,
      text: `${listen.address} asks for a queue of ${asked}${listen.backlog === null ? ' (the default)' : ''}, the kernel cuts it to ${somaxconn} (net.core.somaxconn)`,
      cost: `while a worker pauses, the kernel drops connections after ${somaxconn} arrivals without a log line`,
      remedy: `# /etc/sysctl.d/60-nginx.conf, then sysctl --system and reload nginx\nnet.core.somaxconn = ${asked}`,
    },
  ];
}

/** Queues shorter than the kernel allows, unless they are long enough at the known rate. */
function short(listens: readonly Listen[], somaxconn: number, perSecond: number | null): readonly Objection[] {
  const low = listens.filter(({ backlog }) => (backlog ?? DEFAULT_BACKLOG) < somaxconn);
  const least = low.reduce((min, { backlog }) => Math.min(min, backlog ?? DEFAULT_BACKLOG), Number.POSITIVE_INFINITY);
  const [first] = low.filter(({ backlog }) => (backlog ?? DEFAULT_BACKLOG) === least);
  const lastsMs = perSecond === null ? null : (least / perSecond) * 1000;
  if (first === undefined || (lastsMs !== null && lastsMs >= LONG_ENOUGH_MS)) return [];
  const unset = first.backlog === null;
  const to = perSecond === null ? somaxconn : Math.min(somaxconn, wantedFor(perSecond));
  return [
    {
      severity: lastsMs === null ? 'info' : 'warning',
      place: first.place,
      text: `the queue of ${some(low.map(({ address }) => address))} is ${least}${unset ? ' because backlog is not set' : ''}; the kernel allows ${somaxconn}`,
      cost:
        perSecond === null || lastsMs === null
          ? `a worker that pauses can queue ${least} connections; more clients wait a second for a retry or time out`
          : `at ${Math.round(perSecond)} connections a second it is full ${seconds(lastsMs)} after the workers pause`,
      remedy: `listen ${configWord(listenText(first.address))} backlog=${to};`,
    },
  ];
}

function judge({ listens }: Settings, { system, connectionsPerSecond }: HostFacts): readonly Objection[] {
  const somaxconn = system?.somaxconn ?? null;
  if (somaxconn === null) return [];
  const queues = listens.filter(facesClients);
  // A listener for local clients counts only when its backlog was set explicitly.
  const asked = listens.filter((listen) => facesClients(listen) || (listen.backlog !== null && listen.bound !== false));
  return [...asked.flatMap((listen) => cut(listen, somaxconn)), ...short(queues, somaxconn, connectionsPerSecond)];
}

export const rule: Rule = {
  id: 'backlog-against-somaxconn',
  title: 'Listen queue against the kernel’s limit',
  reference: 'listen(2); nginx src/core/ngx_connection.c ngx_create_listening()',
  judge,
};
