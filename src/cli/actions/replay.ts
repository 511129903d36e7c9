/** `gapwatch replay BUNDLE`: prints the diagnosis of recorded evidence, and what would have been posted and when. */
import { loadConfig } from '../../config/load.ts';
import { type Replayed, replay } from '../../replay/replay.ts';
import { loadCauses } from '../../service/load-causes.ts';
import { diagnosisExit, diagnosisText } from '../diagnosis-text.ts';
import type { Io } from '../io.ts';
import { createProgress } from '../progress.ts';

export interface ReplayOptions {
  readonly config?: string;
  readonly json?: boolean;
}

const iso = (at: number): string => new Date(at).toISOString();

function asJson({ diagnosis, incidents, problems }: Replayed): object {
  return {
    diagnosis,
    incidents: incidents.map(({ incident, changes }) => ({
      id: incident.id,
      cause: incident.cause,
      severity: incident.severity,
      state: incident.state,
      openedAt: iso(incident.openedAt),
      resolvedAt: incident.resolvedAt === null ? null : iso(incident.resolvedAt),
      formerCauses: incident.formerCauses.map(({ cause, until }) => ({ cause, until: iso(until) })),
      changes: changes.map(({ kind, at, text }) => ({ kind, at: iso(at), text })),
      diagnosis: incident.diagnosis,
    })),
    problems,
  };
}

function asText({ diagnosis, incidents, problems }: Replayed): string {
  const stories = incidents.flatMap(({ incident, changes }) => [
    `${incident.cause} (${incident.id})`,
    ...changes.map(({ kind, at, text }) => `  ${iso(at)} ${kind}: ${text}`),
  ]);
  const posted = stories.length === 0 ? ['Nothing would have been posted.'] : ['Would have been posted:', ...stories];
  return `${diagnosisText(diagnosis)}\n${posted.join('\n')}\n${problems.map((text) => `left out: ${text}\n`).join('')}`;
}

export async function replayAction(bundle: string, options: ReplayOptions, io: Io): Promise<void> {
  const { config } = loadConfig(options.config, io.env);
  const progress = createProgress(io, 'reading', options.json !== true);
  const replayed = await replay(bundle, {
    causes: await loadCauses(),
    thresholds: config.thresholds,
    incidents: config.incidents,
    patternFolders: config.patterns.folders,
    host: config.host ?? 'recorded',
    onProgress: progress.add,
  });
  progress.end();
  io.stdout.write(options.json === true ? `${JSON.stringify(asJson(replayed))}\n` : asText(replayed));
  io.exit(diagnosisExit(replayed.diagnosis));
}
