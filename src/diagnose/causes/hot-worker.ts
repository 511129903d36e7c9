/** One worker is full while the others are nearly idle, and the kernel keeps giving it new connections. */

import type { Evidence } from '../../core/evidence.ts';
import { number, percent } from '../../core/format.ts';
import type { Findings } from '../../findings/findings.ts';
import { isActive } from '../../findings/log.ts';
import { configWord } from '../../nginx/config-word.ts';
import { type Cause, type Confirmed, confirmed, type Judgement, ruledOut } from '../cause.ts';
import { fromStory, type SlotStory, slotStory } from '../slot-story.ts';
import { fix, item } from '../words.ts';

const IDLE_RATIO = 0.5;

function fixes(evidence: Evidence) {
  const { settings } = evidence;
  if (settings === null) return [];
  const listen = settings.listens.find(({ reuseport, address }) => !reuseport && !address.startsWith('unix:')) ?? null;
  const found = [];
  if (listen !== null) {
    found.push(
      fix({
        title: 'Give each worker its own accept queue',
        directive: 'listen … reuseport',
        place: listen.place,
        snippet: `listen ${configWord(listen.address)} reuseport;`,
        effect: 'the kernel spreads new connections by hash over the workers, also past a full one',
        risk: 'connections queued at a worker that blocks wait for it alone; set it on one listen per address',
      }),
    );
  }
  if (settings.multiAccept.value) {
    found.push(
      fix({
        title: 'Accept one connection at a time',
        directive: 'multi_accept',
        from: 'on',
        to: 'off',
        place: settings.multiAccept.place,
        snippet: 'multi_accept off;',
        effect: 'the worker that wakes first no longer empties the whole queue',
        risk: 'none measurable',
      }),
    );
  }
  return found;
}

/** Workers that replaced another after the slots ran short. They are empty because they are new. */
function beganLater({ life, slots }: Findings): ReadonlySet<number | null> {
  const since = slots.since ?? Infinity;
  return new Set(life.current?.filter(({ startedAtMs }) => startedAtMs > since).map(({ pid }) => pid));
}

const DO_NOT = [
  'Do not divide connections by workers × worker_connections: the total looks nearly idle.',
  'Do not add workers: the full one stays first in line for new connections.',
];

/** `othersRatio` is the share of slots that the next fullest worker uses; `text` words it. */
interface Uneven extends Pick<Confirmed, 'confidence' | 'summary'> {
  readonly othersRatio: number;
  readonly text: string;
  readonly at: number | null;
}

function uneven(evidence: Evidence, story: SlotStory, { othersRatio: value, text, at, ...told }: Uneven): Judgement {
  const others = { value, unit: 'ratio', threshold: IDLE_RATIO, text, at: at ?? evidence.asOf };
  return confirmed({
    ...fromStory(story),
    ...told,
    evidenceFor: [...story.evidence, item('slots.next_worker_ratio', others)],
    fixes: fixes(evidence),
    doNot: DO_NOT,
    nextChecks: ['slots', 'workers', 'sockets'],
  });
}

/** A proxied client takes two slots, so Active is at least half of the used slots. */
const SLOTS_PER_CLIENT = 2;
const FEW_LINES = 2;

/**
 * Without slot counts per worker the error log and the status page decide: the worker that refuses clients is full, and
 * the slots that Active can account for do not fill the others.
 */
function byLinesAndPage(evidence: Evidence, findings: Findings, story: SlotStory): Judgement {
  const { slots, page, life } = findings;
  if (slots.source !== 'stub-status' || slots.hottest === null || page.counters === null) return null;
  const { limit } = slots.hottest;
  const refusing = [slots.refused, slots.starved].flatMap((lines) => (isActive(lines) ? [lines] : []));
  const full = new Set(refusing.flatMap(({ byPid }) => [...byPid.keys()])).size;
  const others = life.expected - full;
  const lines = refusing.reduce((sum, { recent }) => sum + recent, 0);
  if (!life.expectedIsConfigured || full === 0 || full > others || lines < FEW_LINES) return null;
  const left = Math.max(0, SLOTS_PER_CLIENT * page.counters.active - full * limit);
  const othersRatio = left / (others * limit);
  if (othersRatio >= IDLE_RATIO) return null;
  const text = `${full} of ${life.expected} workers turn clients away, and ${number(page.counters.active)} connections cannot fill the others to more than ${percent(othersRatio)}`;
  return uneven(evidence, story, {
    confidence: 'likely',
    summary: `${full === 1 ? 'One worker is' : 'A few workers are'} full while the others are not: ${text}.`,
    othersRatio,
    text,
    at: page.countersAt,
  });
}

function judge(evidence: Evidence, findings: Findings): Judgement {
  const story = slotStory(evidence, findings);
  const { slots, page, thresholds } = findings;
  const later = beganLater(findings);
  // Peaks are compared, because workers that fill together do not empty together.
  const [hot, ...others] = slots.workers
    .filter(({ pid }) => !later.has(pid))
    .toSorted((a, b) => b.peakRatio - a.peakRatio);
  if (story === null || hot === undefined) return null;
  if (others.length === 0) return byLinesAndPage(evidence, findings, story);
  const nextFull = others[0]?.peakRatio ?? 0;
  const full = hot.peakRatio >= Math.min(0.93, thresholds.slotsFullRatio);
  if (!full || slots.pressure !== 'refusing') return null;
  if (nextFull >= IDLE_RATIO)
    return ruledOut(`other workers are full as well: the next one uses ${percent(nextFull)} of its slots`);
  const waiting = page.shares?.waiting ?? 0;
  if (waiting > 0.5 && slots.refused === null && slots.starved === null)
    return ruledOut('most connections are idle, and nginx may close those');
  const idle = others.map(({ used }) => Math.round(used)).join(', ');
  const rest = others.length === 1 ? 'the other worker uses' : `the other ${others.length} workers use`;
  const text = `${rest} ${idle} of ${hot.limit} slots`;
  return uneven(evidence, story, {
    confidence: 'certain',
    summary: `One worker is full while the others are nearly idle: ${story.state}, and ${text}.`,
    othersRatio: nextFull,
    text,
    at: slots.at,
  });
}

export const cause: Cause = {
  id: 'hot-worker',
  kind: 'cause',
  title: 'One worker takes most connections',
  means:
    'Connections are spread so unevenly that one worker runs out of slots. Because it refuses at once it stays first in the kernel’s wake order and draws nearly all new connections: a black hole.',
  looksLike:
    'Slots 64, 3, 3, 3; the refusing lines carry one pid; Active is a fraction of the whole capacity while up to every client is reset.',
  fix: 'Spread the accepts: `reuseport` on the listener, multi_accept off. Raising worker_connections only moves the cliff.',
  differsFrom: [{ cause: 'slot-capacity', how: 'there all workers are about equally full' }],
  references: [
    'nginx src/event/ngx_event_accept.c ngx_reorder_accept_events()',
    'nginx docs: ngx_http_core_module, listen reuseport',
  ],
  reads: [
    'worker-connections',
    'worker-connections-upstream',
    'worker-connections-reuse',
    'slots',
    'stub-status',
    'settings',
  ],
  consequences: ['slot-capacity', 'reuse-drops'],
  precedence: 35,
  judge,
};
