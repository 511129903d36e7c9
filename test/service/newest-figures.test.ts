import { describe, expect, it } from 'vitest';
import { openIncident } from '../../src/incident/opening.ts';
import { newestFigures } from '../../src/service/newest-figures.ts';
import { losing } from '../incident/support/diagnoses.ts';

describe('an open incident is shown', () => {
  const then = losing('slow-upstream', { summary: 'then' });
  const incident = openIncident('web-1', 'slow-upstream', then, 1_000);
  const now = losing('slow-upstream', { summary: 'now' });

  it('with the figures of the newest diagnosis of its cause', () => {
    expect(newestFigures(incident, now, 9_000)).toMatchObject({ diagnosis: { summary: 'now' }, changedAt: 9_000 });
  });

  it('as of its last change when the diagnosis names another cause or is missing, or the incident is resolved', () => {
    expect(newestFigures(incident, losing('fd-exhaustion'), 9_000)).toBe(incident);
    expect(newestFigures(incident, null, 9_000)).toBe(incident);
    const over = { ...incident, state: 'resolved' as const };
    expect(newestFigures(over, now, 9_000)).toBe(over);
  });
});
