/**
 * Stores each incident change and announces it in the same transaction, so that a kill at any point neither loses nor
 * repeats one. Keeps a change that cannot be stored and stores it with the next one.
 */
import type { IncidentChange } from '../core/incident.ts';
import type { Logger } from '../core/logger.ts';
import { movedIncident } from '../incident/move.ts';
import type { Store } from '../store/store.ts';
import type { Events } from './events.ts';
import type { TryToStore } from './try-to-store.ts';

export interface ChangeLogDeps {
  readonly store: Pick<Store, 'incidents'>;
  readonly tryToStore: TryToStore;
  readonly events: Events | null;
  readonly logger: Logger;
  /** Called inside the transaction, so that the change and the outbox entry are stored together or not at all. */
  onChange(change: IncidentChange): void;
}

export interface ChangeLog {
  record(changes: readonly IncidentChange[]): void;
  /** Shifts the times of waiting changes after a step of the wall clock. */
  move(byMs: number): void;
}

export function createChangeLog({ store, tryToStore, events, logger, onChange }: ChangeLogDeps): ChangeLog {
  /** Not stored yet, oldest first. */
  let pending: readonly IncidentChange[] = [];
  return {
    record(changes) {
      const recording = [...pending, ...changes];
      pending = recording;
      if (recording.length === 0) return;
      const isStored = tryToStore(() => {
        for (const change of recording) {
          store.incidents.record(change);
          onChange(change);
        }
      });
      if (!isStored) return;
      pending = [];
      for (const change of recording) {
        const { incident, kind } = change;
        logger.info({ incident: incident.id, cause: incident.cause, change: kind }, 'incident changed');
        events?.incident(change);
      }
    },
    move(byMs) {
      pending = pending.map(({ incident, ...change }) => ({
        ...change,
        at: change.at + byMs,
        incident: movedIncident(incident, byMs),
      }));
    },
  };
}
