/** Chooses the status page to request, or returns the blind spot with the snippet to add. */
import type { NotObservable } from '../core/diagnosis.ts';
import type { Settings, StatusPage } from '../core/settings.ts';
import type { ConfigNode } from '../nginx/config-tree.ts';
import {
  noStubStatus,
  noStubStatusModule,
  statusElsewhere,
  statusForbidden,
  statusRefused,
  statusUnaddressed,
} from './sentences.ts';
import { mayAskAt } from './trust.ts';

export interface StatusChoice {
  readonly status: { readonly url: string; readonly hostHeader: string | null } | null;
  readonly notObservable: readonly NotObservable[];
}

interface Where {
  /** Null when the configuration could not be read: then only an override helps. */
  readonly settings: Settings | null;
  readonly nodes: readonly ConfigNode[];
  readonly configFile: string;
  readonly hasModule: boolean;
  /** See Master. */
  readonly root: string;
  readonly ownNetwork: boolean;
}

/** The file a new server block goes to: `conf.d/gapwatch.conf` when http{} includes such a folder. */
function fileForBlock(nodes: readonly ConfigNode[], configFile: string): string {
  const http = nodes.find((node) => node.name === 'http')?.block ?? [];
  const patterns = http.filter((node) => node.name === 'include').map((node) => node.args[0] ?? '');
  const folder = patterns.find((pattern) => pattern.endsWith('/*.conf'));
  if (folder === undefined) return `the http{} block of ${configFile}`;
  const path = folder.replace(/\*\.conf$/, 'gapwatch.conf');
  return path.startsWith('/') ? path : configFile.replace(/[^/]*$/, path);
}

/** A unix socket is reached through the container's root; its TCP ports only from its own network. */
function reach(page: StatusPage, { root, ownNetwork }: Where): StatusChoice {
  const { url, hostHeader } = page;
  if (url.includes('+unix://'))
    return { status: { url: url.replace('+unix://', `+unix://${root}`), hostHeader }, notObservable: [] };
  if (ownNetwork) return { status: null, notObservable: [statusElsewhere(url)] };
  return { status: { url, hostHeader }, notObservable: [] };
}

function noPage(settings: Settings, where: Where): NotObservable {
  if (!where.hasModule) return noStubStatusModule();
  const written = findDirective(where.nodes, 'stub_status');
  if (written !== null) return statusUnaddressed(written.file, written.line);
  return noStubStatus(settings, fileForBlock(where.nodes, where.configFile));
}

function findDirective(nodes: readonly ConfigNode[], name: string): ConfigNode | null {
  for (const node of nodes) {
    const found = node.name === name ? node : findDirective(node.block ?? [], name);
    if (found !== null) return found;
  }
  return null;
}

/** Also returns a page that refuses us: how it refuses is evidence, and the remedy is added to it. */
export function chooseStatusPage(where: Where, override: string | undefined): StatusChoice {
  if (override !== undefined) return { status: { url: override, hostHeader: null }, notObservable: [] };
  const { settings } = where;
  if (settings === null) return { status: null, notObservable: [] };
  const unix = settings.statusPages.find(({ url }) => url.includes('+unix://'));
  const page = (where.ownNetwork ? unix : undefined) ?? settings.statusPages[0];
  if (page === undefined) return { status: null, notObservable: [noPage(settings, where)] };
  const { allowed, reason } = mayAskAt(page);
  if (!allowed) return { status: null, notObservable: [statusRefused(page.place.file, page.place.line, reason)] };
  const choice = reach(page, where);
  if (page.allowsLocal !== false) return choice;
  const forbidden = statusForbidden(page.url, page.place.file, page.place.line);
  return { status: choice.status, notObservable: [...choice.notObservable, forbidden] };
}
