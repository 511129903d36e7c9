/**
 * The probe of the status page. It requests the page over the armed connection and over a new one: the difference shows
 * why nginx cannot be reached (src/nginx/README.md §5). Our own connections are subtracted from Active, Reading and Writing.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { type Attempt, type StubStatusCounters, type StubStatusData, sample } from '../../core/samples/stub-status.ts';
import { ArmedConnection } from '../armed-connection.ts';
import { createProbe, type Look } from '../create-probe.ts';
import type { Host } from '../host.ts';
import type { MakeProbe, Probe, ProbeTarget } from '../probe.ts';
import { StatusConnection } from '../status-connection.ts';
import { type StatusEndpoint, statusEndpoint } from '../status-endpoint.ts';

/** An armed connection that works answers before the fresh one is opened, so that it does not count that one. */
const ARMED_HEAD_START_MS = 100;
/** nginx's default client_header_timeout. */
const HEADER_TIMEOUT_MS = 60_000;

export const probe: MakeProbe<'stub-status'> = { sample, create: createStubStatusProbe };

export function createStubStatusProbe(host: Host): Probe<'stub-status'> {
  let armed: ArmedConnection | null = null;

  async function look(target: ProbeTarget, signal: AbortSignal): Promise<Look<StubStatusData>> {
    const { statusUrl: url, settings } = target;
    if (url === null) return { ok: false, reason: 'absent', detail: 'no stub_status location is known' };
    const endpoint = statusEndpoint(url, target.statusHostHeader, settings);
    if (endpoint === null) return { ok: false, reason: 'malformed', detail: `not a URL that can be asked: ${url}` };
    const answer = await target.mayAsk?.(endpoint.address, signal);
    if (answer?.allowed === false) {
      disarm();
      return { ok: false, reason: 'absent', detail: answer.reason };
    }
    if (armed !== null && armed.url !== url) disarm();
    const headerTimeoutMs = settings?.clientHeaderTimeoutMs.value ?? HEADER_TIMEOUT_MS;
    const overArmed = armed?.ask(headerTimeoutMs, signal) ?? Promise.resolve(null);
    await Promise.race([overArmed, pause(ARMED_HEAD_START_MS)]);
    const overFresh = await askFresh(host, endpoint, signal);
    const armedIsOpen = armed?.open === true;
    const armedAttempt = await overArmed;
    if (armed === null || armed.lost) armed = new ArmedConnection(host, endpoint);
    const counters = ownTakenOut(armedAttempt, overFresh, armedIsOpen);
    return { ok: true, data: { url, fresh: overFresh, armed: armedAttempt, counters } };
  }

  function disarm(): void {
    armed?.close();
    armed = null;
  }

  return createProbe(sample, host, { look, close: disarm });
}

async function askFresh(host: Host, endpoint: StatusEndpoint, signal: AbortSignal): Promise<Attempt> {
  const connection = new StatusConnection(host, endpoint);
  try {
    const { attempt } = await connection.ask(`${endpoint.halfRequest}Connection: close\r\n\r\n`, signal);
    return attempt;
  } finally {
    connection.destroy();
  }
}

/** The connection that asks is Writing; the armed one is Reading while another asks. */
function ownTakenOut(armed: Attempt | null, fresh: Attempt, armedIsOpen: boolean): StubStatusCounters | null {
  if (armed?.ok === true) return less(armed.counters, { active: 1, reading: 0 });
  if (!fresh.ok) return null;
  return less(fresh.counters, armedIsOpen ? { active: 2, reading: 1 } : { active: 1, reading: 0 });
}

function less(
  counters: StubStatusCounters,
  own: { readonly active: number; readonly reading: number },
): StubStatusCounters {
  return {
    ...counters,
    active: Math.max(0, counters.active - own.active),
    reading: Math.max(0, counters.reading - own.reading),
    writing: Math.max(0, counters.writing - 1),
  };
}
