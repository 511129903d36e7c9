/** views.open, views.push, views.update, views.publish. */
import { MODAL_LIMITS } from '../block-kit/limits.ts';
import { isJson, type Json, jsonList, text } from '../state/json.ts';
import type { Workspace } from '../state/workspace.ts';
import { type Method, needed, neededObject, SlackRefusal } from './call.ts';
import { readBlocks } from './content.ts';

const VIEW_KEYS = new Set(
  'type title blocks close submit private_metadata callback_id clear_on_close notify_on_close external_id submit_disabled'.split(
    ' ',
  ),
);

function invalid(problem: string): SlackRefusal {
  return new SlackRefusal('invalid_arguments', [`[ERROR] ${problem}`]);
}

function checkLabel(view: Json, key: string, mandatory: boolean): void {
  const label = view[key];
  if (label === undefined && !mandatory) return;
  const words = isJson(label) && label.type === 'plain_text' ? text(label.text) : undefined;
  if (words === undefined || words === '') throw invalid(`missing required field: ${key} [json-pointer:/view/${key}]`);
  if (words.length > MODAL_LIMITS.labelChars) {
    throw invalid(`must be less than ${MODAL_LIMITS.labelChars + 1} characters [json-pointer:/view/${key}/text]`);
  }
}

/** Validates a view as Slack does on open, push, update, publish and `response_action`, and returns it unchanged. */
export function readView(view: Json, type: 'modal' | 'home', workspace: Workspace): Json {
  if (view.type !== type) throw invalid(`must be ${type} [json-pointer:/view/type]`);
  for (const key of Object.keys(view)) {
    if (!VIEW_KEYS.has(key)) throw invalid(`invalid additional property: ${key} [json-pointer:/view]`);
  }
  const blocks = readBlocks(view.blocks, type, workspace);
  if ((text(view.private_metadata)?.length ?? 0) > MODAL_LIMITS.privateMetadataChars) {
    throw invalid(
      `must be less than ${MODAL_LIMITS.privateMetadataChars + 1} characters [json-pointer:/view/private_metadata]`,
    );
  }
  if (type === 'modal') {
    checkLabel(view, 'title', true);
    checkLabel(view, 'close', false);
    checkLabel(
      view,
      'submit',
      jsonList(blocks).some((block) => block.type === 'input'),
    );
  }
  return view;
}

function triggerUser(workspace: Workspace, args: Json): string {
  const redeemed = workspace.tickets.redeem(needed(args, 'trigger_id'));
  if ('error' in redeemed) throw new SlackRefusal(redeemed.error);
  return redeemed.user;
}

const open: Method = ({ workspace, args }) => {
  const view = readView(neededObject(args, 'view'), 'modal', workspace);
  return { view: workspace.views.open(triggerUser(workspace, args), view) };
};

const push: Method = ({ workspace, args }) => {
  const view = readView(neededObject(args, 'view'), 'modal', workspace);
  const pushed = workspace.views.push(triggerUser(workspace, args), view);
  if (pushed === undefined) throw new SlackRefusal('push_limit_reached');
  return { view: pushed };
};

const update: Method = ({ workspace, args }) => {
  const old = workspace.views.find({ id: text(args.view_id), externalId: text(args.external_id) });
  if (old === undefined) throw new SlackRefusal('not_found');
  const hash = text(args.hash);
  if (hash !== undefined && hash !== old.hash) throw new SlackRefusal('hash_conflict');
  const view = readView(neededObject(args, 'view'), old.type === 'home' ? 'home' : 'modal', workspace);
  return { view: workspace.views.update(old.id, view) };
};

const publish: Method = ({ workspace, args }) => {
  const user = needed(args, 'user_id');
  if (!workspace.directory.people.some(({ id }) => id === user)) throw new SlackRefusal('user_not_found');
  const hash = text(args.hash);
  const old = workspace.views.home(user);
  if (hash !== undefined && old !== undefined && hash !== old.hash) throw new SlackRefusal('hash_conflict');
  return { view: workspace.views.publish(user, readView(neededObject(args, 'view'), 'home', workspace)) };
};

export const viewMethods: Readonly<Record<string, Method>> = {
  'views.open': open,
  'views.push': push,
  'views.update': update,
  'views.publish': publish,
};
