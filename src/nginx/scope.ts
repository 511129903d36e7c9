/** The contexts of a configuration and what is in force in each: directives are looked up outwards, as nginx merges them. */
import type { ConfigNode } from './config-tree.ts';
import type { Place, Setting } from './settings.ts';
import { parseFlag, parseTimeMs } from './units.ts';

export type ScopeKind =
  | 'main'
  | 'events'
  | 'http'
  | 'stream'
  | 'mail'
  | 'server'
  | 'location'
  | 'if'
  | 'limit_except'
  | 'upstream';

export interface Scope {
  readonly kind: ScopeKind;
  /** The block's own directive; null for main. */
  readonly node: ConfigNode | null;
  readonly parent: Scope | null;
  /** Directives written in this very block, by name, in order. */
  readonly directives: ReadonlyMap<string, readonly ConfigNode[]>;
  readonly children: readonly Scope[];
}

/** Which blocks are contexts, and where. Anything else in braces (`map`, `types`, `geo`, …) is data, not directives. */
const CONTEXTS: Readonly<Record<ScopeKind, readonly ScopeKind[]>> = {
  main: ['events', 'http', 'stream', 'mail'],
  events: [],
  http: ['server', 'upstream'],
  stream: ['server', 'upstream'],
  mail: ['server'],
  server: ['location', 'if'],
  location: ['location', 'if', 'limit_except'],
  if: [],
  limit_except: [],
  upstream: [],
};

export function buildScope(
  nodes: readonly ConfigNode[],
  kind: ScopeKind = 'main',
  node: ConfigNode | null = null,
  parent: Scope | null = null,
): Scope {
  const directives = new Map<string, ConfigNode[]>();
  const children: Scope[] = [];
  const scope: Scope = { kind, node, parent, directives, children };
  for (const child of nodes) {
    const inner = child.block === null ? undefined : CONTEXTS[kind].find((name) => name === child.name);
    const same = directives.get(child.name);
    if (inner !== undefined && child.block !== null) children.push(buildScope(child.block, inner, child, scope));
    else if (same === undefined) directives.set(child.name, [child]);
    else same.push(child);
  }
  return scope;
}

/** This scope and everything inside it, outermost first. */
export function* walk(scope: Scope): Generator<Scope> {
  // A stack of its own: generators within generators cost as much as all that is done with what they yield.
  const ahead = [scope];
  for (let at = ahead.pop(); at !== undefined; at = ahead.pop()) {
    yield at;
    for (let i = at.children.length - 1; i >= 0; i -= 1) {
      const child = at.children[i];
      if (child !== undefined) ahead.push(child);
    }
  }
}

/** The innermost scope of that kind, this one or one around it. */
export function enclosing(scope: Scope, kind: ScopeKind): Scope | null {
  let around: Scope | null = scope;
  while (around !== null && around.kind !== kind) around = around.parent;
  return around;
}

/** The directives of that name in force: those of the innermost block that has any (they replace, never add up). */
export function inForce(scope: Scope, name: string): readonly ConfigNode[] {
  for (let around: Scope | null = scope; around !== null; around = around.parent) {
    const found = around.directives.get(name);
    if (found !== undefined) return found;
  }
  return [];
}

export const placeOf = (node: ConfigNode): Place => ({ file: node.file, line: node.line });

/** The value in force, or nginx's default when it is not written or not valid. */
export function settingOf<T>(
  scope: Scope | null,
  name: string,
  fallback: T,
  parse: (argument: string) => T | null,
): Setting<T> {
  const node = scope === null ? undefined : inForce(scope, name)[0];
  const value = node === undefined ? null : parse(node.args[0] ?? '');
  return node === undefined || value === null ? { value: fallback, place: null } : { value, place: placeOf(node) };
}

export const timeSetting = (scope: Scope | null, name: string, fallbackMs: number): Setting<number> =>
  settingOf(scope, name, fallbackMs, (text) => parseTimeMs(text));

export const flagSetting = (scope: Scope | null, name: string, fallback: boolean): Setting<boolean> =>
  settingOf(scope, name, fallback, parseFlag);

/** `name=value` among the arguments. */
export function parameter(args: readonly string[], name: string): string | null {
  const found = args.find((arg) => arg.startsWith(`${name}=`));
  return found === undefined ? null : found.slice(name.length + 1);
}

/** The server names a scope answers to; empty when none are written. */
export function serverNames(scope: Scope): readonly string[] {
  const nodes = enclosing(scope, 'server')?.directives.get('server_name') ?? [];
  return nodes.length === 1 ? (nodes[0]?.args ?? []) : nodes.flatMap(({ args }) => args);
}
