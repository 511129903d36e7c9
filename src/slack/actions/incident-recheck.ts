/** Re-run checks: polls again and answers with the changes. */
import { recheckAnswer } from '../blocks/checks.ts';
import { shortAnswer } from '../blocks/help.ts';
import { type Listener, type ListenerDeps, onClick } from './click.ts';

const GONE = 'This incident is no longer in the store. /nginx-status incidents lists the current ones.';

export const incidentRecheck = (deps: ListenerDeps): Listener =>
  onClick(deps, 'incident_recheck', 'act', async ({ incidentId }) => {
    const again = await deps.ports.recheck(incidentId);
    if (again === null) return shortAnswer(GONE);
    return recheckAnswer(again, again.host);
  });
