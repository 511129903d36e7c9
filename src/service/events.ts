/** Writes the event stream: one JSON object per line, flushed at once. */
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { Diagnosis } from '../core/diagnosis.ts';
import { GapwatchError } from '../core/errors.ts';
import type { IncidentChange } from '../core/incident.ts';
import type { Sample } from '../core/sample.ts';
import type { Signal } from '../core/signal.ts';
import { appendToPrivateFile } from '../files/private-file.ts';

export interface Events {
  started(at: number, facts: object): void;
  sample(sample: Sample): void;
  signal(signal: Signal): void;
  incident(change: IncidentChange): void;
  posted(at: number, facts: { incidentId: string | null; channel: string; ts: string; attempt: number }): void;
  note(at: number, cause: string, diagnosis: Diagnosis): void;
  stopped(at: number, facts: object): Promise<void>;
}

const iso = (at: number): string => new Date(at).toISOString();

/** One of the three incident types of the contract: opened, changed or resolved. */
function incidentType(change: IncidentChange): string {
  if (change.kind === 'opened') return 'incident.opened';
  return change.kind === 'resolved' ? 'incident.resolved' : 'incident.changed';
}

function incidentFields({ incident, kind, text }: IncidentChange): object {
  return {
    incident: {
      id: incident.id,
      cause: incident.cause,
      severity: incident.severity,
      state: incident.state,
      openedAt: iso(incident.openedAt),
      changedAt: iso(incident.changedAt),
      resolvedAt: incident.resolvedAt === null ? null : iso(incident.resolvedAt),
    },
    change: kind,
    text,
    diagnosis: incident.diagnosis,
  };
}

/** Writes to `target`. A failing stream (a full disk) is reported once through `onError` and then not written again. */
export function createEvents(target: Writable, host: string, onError: (error: Error) => void): Events {
  let broken = false;
  target.on('error', (error) => {
    if (!broken) onError(error);
    broken = true;
  });
  const write = (type: string, at: number, fields: object): void => {
    if (!broken) target.write(`${JSON.stringify({ type, at: iso(at), host, ...fields })}\n`);
  };
  return {
    started: (at, facts) => write('started', at, facts),
    sample: ({ at, ...fields }) => write('sample', at, fields),
    signal: ({ at, ...fields }) => write('signal', at, fields),
    incident: (change) => write(incidentType(change), change.at, incidentFields(change)),
    posted: (at, facts) => write('posted', at, facts),
    note: (at, cause, diagnosis) => write('note', at, { cause, diagnosis }),
    async stopped(at, facts) {
      write('stopped', at, facts);
      if (broken || target === process.stdout) return;
      target.end();
      await finished(target).catch(() => {});
    },
  };
}

/**
 * Opens the target of `--events`: `-` is standard output, anything else a file to append to, readable by its owner
 * only. Throws GapwatchError USAGE.
 */
export function openEventTarget(name: string, stdout: Writable): Writable {
  if (name === '-' || name === '/dev/stdout') return stdout;
  try {
    return appendToPrivateFile(name);
  } catch (cause) {
    throw new GapwatchError('USAGE', `--events ${name}: ${(cause as Error).message}`, { cause });
  }
}
