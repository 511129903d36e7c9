/** Writes a note to the event stream when it appears, once for as long as it lasts. */
import type { WallTime } from '../core/clock.ts';
import type { Diagnosis } from '../core/diagnosis.ts';
import type { Cause } from '../diagnose/cause.ts';
import type { Events } from './events.ts';

export interface NoteEvents {
  concluded(diagnosis: Diagnosis): void;
}

export function createNoteEvents(causes: readonly Cause[], events: Events | null, clock: WallTime): NoteEvents {
  const notes = new Set(causes.filter(({ kind }) => kind === 'note').map(({ id }) => id));
  let present: ReadonlySet<string> = new Set();
  return {
    concluded(diagnosis) {
      const named = [diagnosis.cause, ...diagnosis.alsoPresent].filter((id) => id !== null && notes.has(id));
      const now = new Set(named.filter((id) => id !== null));
      for (const id of now) if (!present.has(id)) events?.note(clock.now(), id, diagnosis);
      present = now;
    },
  };
}
