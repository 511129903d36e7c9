/** Which path does what. */
import { answerResponseUrl } from '../api/response-url.ts';
import { type ApiDeps, serveMethod } from '../api/serve-method.ts';
import type { SocketHub } from '../delivery/socket-hub.ts';
import { findPageRoute } from '../page/page-routes.ts';
import type { Hands } from '../person/hands.ts';
import type { ModalDeps } from '../person/submit-view.ts';
import type { Handler, Routes } from './http-server.ts';
import { reply, replyJson, replyText } from './reply.ts';
import { parseFields, readBytes, readUpload } from './request-body.ts';

export interface RouteDeps extends ApiDeps {
  readonly hands: Hands;
  readonly modal: ModalDeps;
  readonly sockets: SocketHub;
}

export function createRoutes(deps: RouteDeps): Routes {
  return {
    upgrade: (request, socket, head) => deps.sockets.upgrade(request, socket, head),
    find(method, path) {
      if (path.startsWith('/api/') && method === 'POST') return api(deps, path.slice('/api/'.length));
      if (/^\/(?:commands|actions)\//.test(path) && method === 'POST') return responseUrl(deps, path.slice(1));
      if (path.startsWith('/upload/') && method === 'POST') return upload(deps, path.slice('/upload/'.length));
      if (path.startsWith('/files/') && method === 'GET') return download(deps, path.slice('/files/'.length));
      return findPageRoute(method, path, deps);
    },
  };
}

function api(deps: RouteDeps, method: string): Handler {
  return (request, response) => serveMethod(method, request, response, deps);
}

function responseUrl(deps: RouteDeps, path: string): Handler {
  return async (request, response) => {
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

function upload(deps: RouteDeps, id: string): Handler {
  return async (request, response) => {
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
