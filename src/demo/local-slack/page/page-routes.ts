/** The routes of the page: document, assets, screens, live events, and a person's actions. */
import type { ServerResponse } from 'node:http';
import type { Choice } from '../person/chosen-value.ts';
import type { Filled } from '../person/filled-values.ts';
import type { Hands } from '../person/hands.ts';
import { closeView, type ModalDeps, submitView } from '../person/submit-view.ts';
import type { Handler } from '../server/http-server.ts';
import { reply, replyJson } from '../server/reply.ts';
import { parseFields, readBytes } from '../server/request-body.ts';
import { isJson, type Json, text } from '../state/json.ts';
import type { Workspace } from '../state/workspace.ts';
import { drawDocument, ICON } from './document.ts';
import { drawScreen } from './screen.ts';
import { SCRIPT } from './script.ts';
import { STYLE } from './style.ts';

export interface PageDeps {
  readonly workspace: Workspace;
  readonly hands: Hands;
  readonly modal: ModalDeps;
}

type Act = (body: Json, deps: PageDeps) => Promise<unknown>;

const say: Act = async (body, { hands, workspace }) => {
  const user = hands.person(text(body.user)).id;
  const channel = text(body.channel) ?? '';
  const line = (text(body.line) ?? '').trim();
  const threadTs = text(body.thread);
  if (line.startsWith('/') && threadTs === undefined) return hands.sendCommand(line, { channel, user });
  const words = line.startsWith('/') ? `${line.split(' ')[0] ?? ''} is not supported in threads. Sorry!` : line;
  const thread = threadTs === undefined ? {} : { thread_ts: threadTs };
  if (line.startsWith('/')) {
    workspace.messages.postEphemeral({ channel, user: 'USLACKBOT', text: words, ...thread }, user);
  } else if (line !== '') {
    workspace.messages.post({ channel, user, text: words, ...thread });
  }
  return { ok: true };
};

const click: Act = (body, { hands }) => {
  const optional = (key: 'blockId' | 'user' | 'channel' | 'ts' | 'viewId') => {
    const value = text(body[key]);
    return value === undefined ? {} : { [key]: value };
  };
  return hands.click({
    actionId: text(body.actionId) ?? '',
    choice: (body.choice ?? null) as Choice,
    filled: readFilled(body.filled),
    ...optional('blockId'),
    ...optional('user'),
    ...optional('channel'),
    ...optional('ts'),
    ...optional('viewId'),
  });
};

function readFilled(value: unknown): Filled {
  return isJson(value) ? (value as Filled) : {};
}

const ACTS: Readonly<Record<string, Act>> = {
  say,
  click,
  submit: (body, { hands, modal }) => submitView(modal, hands.person(text(body.user)), readFilled(body.filled)),
  close: (body, { hands, modal }) => closeView(modal, hands.person(text(body.user))),
  home: (body, { hands }) => hands.openHome(text(body.user)),
};

function act(name: string, deps: PageDeps): Handler | undefined {
  const run = Object.hasOwn(ACTS, name) ? ACTS[name] : undefined;
  if (run === undefined) return undefined;
  return async (request, response) => {
    // A foreign page can send forms and plain text without a preflight request, but not JSON.
    if (request.headers['content-type'] !== 'application/json') throw new RangeError('JSON only');
    const body = parseFields(await readBytes(request), 'application/json');
    replyJson(response, (await run(body, deps)) ?? { ok: true });
  };
}

/** Server-sent events: one message after every change; several changes in a row count as one. */
function events(workspace: Workspace, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.write('data: hello\n\n');
  let due = false;
  const stop = workspace.onChange(() => {
    if (due) return;
    due = true;
    setImmediate(() => {
      due = false;
      response.write('data: changed\n\n');
    });
  });
  response.on('close', stop);
}

function screen(workspace: Workspace): Handler {
  return (_request, response, url) => {
    const asked = url.searchParams;
    const place = { user: asked.get('user') ?? '', at: asked.get('at') ?? '', thread: asked.get('thread') };
    replyJson(response, drawScreen(workspace, place));
  };
}

export function findPageRoute(method: string, path: string, deps: PageDeps): Handler | undefined {
  if (method === 'POST' && path.startsWith('/page/')) return act(path.slice('/page/'.length), deps);
  if (method !== 'GET') return undefined;
  switch (path) {
    case '/':
      return (_request, response) => reply(response, 200, 'text/html; charset=utf-8', drawDocument(deps.workspace));
    case '/page/style.css':
      return (_request, response) => reply(response, 200, 'text/css; charset=utf-8', STYLE);
    case '/page/script.js':
      return (_request, response) => reply(response, 200, 'text/javascript; charset=utf-8', SCRIPT);
    case '/page/icon.svg':
      return (_request, response) => reply(response, 200, 'image/svg+xml', ICON);
    case '/page/screen':
      return screen(deps.workspace);
    case '/page/events':
      return (_request, response) => events(deps.workspace, response);
    default:
      return undefined;
  }
}
