/** Submits and closes a modal, and applies the app's answer to it (errors, update, push, clear). */
import { SlackRefusal } from '../api/call.ts';
import { readView } from '../api/views.ts';
import type { Delivery, Transport } from '../delivery/envelope.ts';
import type { Person } from '../state/directory.ts';
import { isJson, type Json } from '../state/json.ts';
import type { View } from '../state/views.ts';
import type { Workspace } from '../state/workspace.ts';
import { type Filled, filledValues, missingFields } from './filled-values.ts';
import { viewPayload } from './payloads.ts';

export interface ModalDeps {
  readonly workspace: Workspace;
  readonly transport: Transport;
}

export type Submission =
  | Delivery
  /** A mandatory field is empty: Slack's client marks it and sends nothing. */
  | { readonly ok: false; readonly error: 'incomplete' }
  /** The app answered with a view that Slack refuses; `messages` say why. */
  | { readonly ok: false; readonly error: 'refused_answer'; readonly messages: readonly string[] };

/** Sends `view_submission` for the modal on top and applies the answer. Throws a RangeError when none is open. */
export async function submitView(deps: ModalDeps, person: Person, filled: Filled): Promise<Submission> {
  const view = deps.workspace.views.top(person.id);
  if (view === undefined) throw new RangeError(`${person.name} has no modal open`);
  const missing = missingFields(view.blocks, filled);
  if (Object.keys(missing).length > 0) {
    deps.workspace.views.setErrors(view.id, missing);
    return { ok: false, error: 'incomplete' };
  }
  const values = filledValues(view.blocks, filled);
  const payload = viewPayload(deps.workspace, person, 'view_submission', { view, values });
  const delivery = await deps.transport.deliver({ type: 'interactive', payload, acceptsResponse: true });
  if (!delivery.ok) return delivery;
  try {
    applyAnswer(deps.workspace, person, view, delivery.payload);
    return delivery;
  } catch (error) {
    if (!(error instanceof SlackRefusal)) throw error;
    return { ok: false, error: 'refused_answer', messages: [error.error, ...error.messages] };
  }
}

/** Closes the modal on top. The app is notified only when the view asked for it. */
export async function closeView(deps: ModalDeps, person: Person): Promise<Delivery | null> {
  const view = deps.workspace.views.top(person.id);
  if (view === undefined) return null;
  if (view.clear_on_close === true) deps.workspace.views.clear(person.id);
  else deps.workspace.views.close(person.id);
  if (view.notify_on_close !== true) return null;
  const payload = viewPayload(deps.workspace, person, 'view_closed', { view, values: {} });
  return deps.transport.deliver({ type: 'interactive', payload, acceptsResponse: false });
}

function applyAnswer(workspace: Workspace, person: Person, view: View, answer: Json): void {
  const next = answer.view;
  switch (answer.response_action) {
    case 'errors':
      workspace.views.setErrors(view.id, readErrors(answer.errors));
      return;
    case 'update':
      if (isJson(next)) workspace.views.update(view.id, readView(next, 'modal', workspace));
      return;
    case 'push':
      if (isJson(next)) workspace.views.push(person.id, readView(next, 'modal', workspace));
      return;
    case 'clear':
      workspace.views.clear(person.id);
      return;
    default:
      workspace.views.close(person.id);
  }
}

function readErrors(value: unknown): Readonly<Record<string, string>> {
  if (!isJson(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([blockId, problem]) => [blockId, String(problem)]));
}
