/** Show evidence: opens a loading modal within the three seconds of the trigger, then replaces it with the evidence. */
import { evidenceModal, loadingModal, missingModal } from '../blocks/differential.ts';
import { type Listener, type ListenerDeps, onClick } from './click.ts';

export const incidentEvidence = (deps: ListenerDeps): Listener =>
  onClick(deps, 'incident_evidence', 'read', async ({ incidentId }, _actor, { body, client }) => {
    const opened = await client.views.open({ trigger_id: body.trigger_id, view: loadingModal() });
    const evidence = await deps.ports.evidenceOf(incidentId);
    const view = evidence === null ? missingModal() : evidenceModal(evidence);
    const viewId = opened.view?.id;
    if (viewId !== undefined) await client.views.update({ view_id: viewId, view });
    return null;
  });
