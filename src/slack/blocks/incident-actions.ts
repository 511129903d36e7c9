/** The row of buttons and menus that an incident offers in its present state. */
import type { Incident } from '../../core/incident.ts';
import { ACTIONS } from '../actions.ts';
import type { Block } from './block.ts';

export function incidentActions(incident: Incident): Block {
  return { type: 'actions', elements: ACTIONS.flatMap(({ draw }) => draw(incident) ?? []) };
}
