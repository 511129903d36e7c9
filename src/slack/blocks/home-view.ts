/** Renders the App Home: worst state, open incidents, free slots of each worker, blind spots. */
import type { types } from '@slack/bolt';
import type { HomeData } from '../ports.ts';
import type { Block } from './block.ts';
import { holderLines } from './incident.ts';
import { incidentActions } from './incident-actions.ts';
import { sortIncidents } from './incident-list.ts';
import { fitBlocks } from './limits.ts';
import { muteLines } from './mutes.ts';
import { bullets, context, date, header, mrkdwn, paragraph, section } from './text.ts';
import { figure, incidentTitle, losingWords, SEVERITY_WORDS } from './words.ts';

const ROOM_FOR_INCIDENTS = 10;

function incidentBlocks(data: HomeData): Block[] {
  const open = sortIncidents(data.incidents.filter(({ state }) => state !== 'resolved'));
  if (open.length === 0) return [paragraph('No open incident.')];
  const shown = open
    .slice(0, ROOM_FOR_INCIDENTS)
    .flatMap((incident): Block[] => [
      section(mrkdwn`*${SEVERITY_WORDS[incident.severity]}: ${incidentTitle(incident)}*`),
      paragraph(incident.diagnosis.summary),
      context(
        mrkdwn`Losing: ${losingWords(incident.diagnosis.losing)} · since ${date(incident.openedAt)}`,
        ...holderLines(incident),
      ),
      incidentActions(incident),
    ]);
  const rest = open.length - ROOM_FOR_INCIDENTS;
  return rest > 0 ? [...shown, context(mrkdwn`and ${rest} more: \`/nginx-status incidents\``)] : shown;
}

function headroom({ hosts }: HomeData): Block[] {
  return hosts
    .slice(0, 20)
    .map(({ host, workers }) =>
      bullets(
        `Slots on ${host}`,
        workers.length === 0
          ? ['not sampled yet']
          : workers
              .slice(0, 16)
              .map(({ pid, used, limit }) =>
                limit === null || limit === 0
                  ? `worker ${pid}: ${figure(used)} used, limit unknown`
                  : `worker ${pid}: ${figure(used)} of ${figure(limit)} used (${Math.round((used / limit) * 100)}%)`,
              ),
      ),
    );
}

function remainder(data: HomeData): Block[] {
  const blocks: Block[] = [];
  if (data.blindSpots.length > 0) {
    blocks.push(
      bullets(
        'Blind spots',
        data.blindSpots.slice(0, 15).map(({ what, remedy }) => `${what}. Remedy: ${remedy}`),
      ),
    );
  }
  blocks.push(...muteLines(data.mutes));
  if (data.nextDigestAt !== null) blocks.push(context(mrkdwn`Next digest ${date(data.nextDigestAt)}`));
  return blocks;
}

export function homeView(data: HomeData): types.HomeView {
  const blocks = [
    context(mrkdwn`Updated ${date(data.asOf)}`),
    header('Incidents'),
    ...incidentBlocks(data),
    header('Headroom'),
    ...headroom(data),
    ...remainder(data),
  ];
  return { type: 'home', blocks: fitBlocks(blocks, 'view') };
}

export function refusedHome(rule: string): types.HomeView {
  return { type: 'home', blocks: fitBlocks([header('Not shown here'), paragraph(rule)], 'view') };
}
