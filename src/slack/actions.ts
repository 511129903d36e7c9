/**
 * The table of incident actions. Each entry is one button or menu: its block action id, the required permission, its
 * rendering, and its intent or work. There is no other list of actions.
 */
import type { Action } from './actions/click.ts';
import { actionValue, button } from './blocks/action-value.ts';
import { recheckAnswer } from './blocks/checks.ts';
import { evidenceModal, loadingModal, missingModal } from './blocks/differential.ts';
import { shortAnswer } from './blocks/help.ts';
import { plain } from './blocks/text.ts';

/** Minutes; `resolved` means until the incident ends. */
export const SNOOZE_CHOICES = [
  { label: '15 minutes', span: '15' },
  { label: '1 hour', span: '60' },
  { label: '4 hours', span: '240' },
  { label: 'Until resolved', span: 'resolved' },
] as const;

const GONE = 'This incident is no longer in the store. /nginx-status incidents lists the current ones.';

/** In the order of the buttons. */
export const ACTIONS: readonly Action[] = [
  {
    id: 'incident_unack',
    needs: 'act',
    draw: (incident) => (incident.acknowledgedBy === null ? null : button(incident, 'incident_unack', 'Take Back')),
    intent: ({ incidentId }, by, at) => ({ kind: 'unacknowledge', incidentId, by, at }),
  },
  {
    id: 'incident_ack',
    needs: 'act',
    draw: (incident) =>
      incident.acknowledgedBy === null ? button(incident, 'incident_ack', 'Acknowledge', true) : null,
    intent: ({ incidentId }, by, at) => ({ kind: 'acknowledge', incidentId, by, at }),
  },
  {
    id: 'incident_snooze',
    needs: 'act',
    draw: (incident) => ({
      type: 'static_select',
      action_id: 'incident_snooze',
      placeholder: plain('Snooze', 150),
      options: SNOOZE_CHOICES.map(({ label, span }) => ({
        text: plain(label, 75),
        value: actionValue(incident, span),
      })),
    }),
    intent({ incidentId, choice }, by, at) {
      const chosen = SNOOZE_CHOICES.find(({ span }) => span === choice);
      if (chosen === undefined) return null;
      const forMs = chosen.span === 'resolved' ? null : Number(chosen.span) * 60_000;
      return { kind: 'snooze', incidentId, by, at, forMs };
    },
  },
  {
    id: 'incident_recheck',
    needs: 'act',
    draw: (incident) => button(incident, 'incident_recheck', 'Re-run Checks'),
    async work({ incidentId }, ports) {
      const again = await ports.recheck(incidentId);
      return again === null ? shortAnswer(GONE) : recheckAnswer(again, again.host);
    },
  },
  {
    id: 'incident_evidence',
    needs: 'read',
    draw: (incident) => button(incident, 'incident_evidence', 'Show Evidence'),
    // The trigger lives three seconds, so a loading modal opens first.
    async work({ incidentId }, ports, { body, client }) {
      const opened = await client.views.open({ trigger_id: body.trigger_id, view: loadingModal() });
      const evidence = await ports.evidenceOf(incidentId);
      const view = evidence === null ? missingModal() : evidenceModal(evidence);
      const viewId = opened.view?.id;
      if (viewId !== undefined) await client.views.update({ view_id: viewId, view });
      return null;
    },
  },
  {
    id: 'incident_resolve',
    needs: 'act',
    draw: (incident) => ({
      ...button(incident, 'incident_resolve', 'Resolve', incident.acknowledgedBy !== null),
      confirm: {
        title: plain('Resolve this incident?', 100),
        text: plain('It opens again when clients are lost again.', 300),
        confirm: plain('Resolve', 30),
        deny: plain('Keep Open', 30),
      },
    }),
    intent: ({ incidentId }, by, at) => ({ kind: 'resolve', incidentId, by, at }),
  },
];
