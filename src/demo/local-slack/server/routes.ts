/** Maps paths to handlers. */
import { answerResponseUrl } from '../api/response-url.ts';
import { type ApiDeps, serveMethod } from '../api/serve-method.ts';
import type { SocketHub } from '../delivery/socket-hub.ts';
import { findPageRoute } from '../page/page-routes.ts';
import type { Hands } from '../person/hands.ts';
import type { ModalDeps } from '../person/submit-view.ts';
import type { Entrance } from './entrance.ts';
import type { Handler, Routes } from './http-server.ts';
import { reply, replyJson, replyText } from './reply.ts';
import { parseFields, readBytes, readUpload } from './request-body.ts';

export interface RouteDeps extends ApiDeps {
  readonly hands: Hands;
  readonly modal: ModalDeps;
  readonly sockets: SocketHub;
  readonly entrance: Entrance;
}

export function createRoutes(deps: RouteDeps): Routes {
  return {
    upgrade: (request, socket, head) => deps.sockets.upgrade(request, socket, head),
    find(method, path) {
      if (path.startsWith('/api/') && method === 'POST') return api(deps, path.slice('/api/'.length));
      if (/^\/(?:commands|actions)\//.test(path) && method === 'POST') return responseUrl(deps, path.slice(1));
      if (path.startsWith('/upload/') && method === 'POST') return upload(deps, path.slice('/upload/'.length));
      // Only admitted visitors learn that a path does not exist.
      return deps.entrance.guard(inside(method, path, deps));
    },
  };
}

function inside(method: string, path: string, deps: RouteDeps): Handler {
  if (path.startsWith('/files/') && method === 'GET') return download(deps, path.slice('/files/'.length));
  return findPageRoute(method, path, deps) ?? ((_request, response) => replyText(response, 404, 'not found'));
}

function api(deps: RouteDeps, method: string): Handler {
  return (request, response) => serveMethod(method, request, response, deps);
}

function responseUrl(deps: RouteDeps, path: string): Handler {
  return async (request, response) => {
    if (!deps.workspace.tickets.knowsResponsePath(path)) {
      replyJson(response, { ok: false, error: 'invalid_url' }, 404);
      return;
    }
    const body = parseFields(await readBytes(request), 'application/json');
    const fault = deps.faults.take('response_url');
    if (fault !== undefined) {
      replyText(response, fault.status ?? 500, 'injected fault');
      return;
    }
    const answer = answerResponseUrl(deps.workspace, path, body);
    if (answer.error === null) replyText(response, 200, 'ok');
    else replyJson(response, { ok: false, error: answer.error }, answer.status);
  };
}

function upload(deps: RouteDeps, ticket: string): Handler {
  return async (request, response) => {
    const id = deps.workspace.files.idOfUpload(ticket);
    if (id === undefined) {
      replyText(response, 404, 'file_not_found');
      return;
    }
    const bytes = await readUpload(request);
    if (deps.workspace.files.fill(id, bytes)) replyText(response, 200, `OK - ${bytes.length}`);
    else replyText(response, 404, 'file_not_found');
  };
}

function download(deps: RouteDeps, id: string): Handler {
  return (_request, response) => {
    const file = deps.workspace.files.find(id);
    if (file === undefined || !deps.workspace.files.isImage(id)) replyText(response, 404, 'file_not_found');
    else reply(response, 200, deps.workspace.files.mediaType(file), file.bytes);
  };
}
