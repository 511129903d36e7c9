/** Re-run checks: looks again and answers with what changed. */
import { recheckAnswer } from '../blocks/checks.ts';
import { shortAnswer } from '../blocks/help.ts';
import { type Listener, type ListenerDeps, onClick } from './click.ts';

const GONE = 'This incident is no longer in the store. /nginx-status incidents lists the ones that are.';

export const incidentRecheck = (deps: ListenerDeps): Listener =>
  onClick(deps, 'incident_recheck', 'act', async ({ incidentId }) => {
    const again = await deps.ports.recheck(incidentId);
    if (again === null) return shortAnswer(GONE);
    return recheckAnswer(again, again.host);
  });
