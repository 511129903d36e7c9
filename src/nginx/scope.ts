/** Finds the effective directives of each context of a configuration, inherited from outer blocks as nginx merges them. */

import type { Place, Setting } from '../core/settings.ts';
import type { ConfigNode } from './config-tree.ts';
import { Directives } from './directives.ts';
import { withoutTokens } from './plain-name.ts';
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
  readonly directives: Directives;
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
  const innerKind = ({ name, block }: ConfigNode): ScopeKind | undefined =>
    block === null ? undefined : CONTEXTS[kind].find((context) => context === name);
  const directives = new Directives(nodes.filter((child) => innerKind(child) === undefined));
  const scope: Scope & { children: readonly Scope[] } = { kind, node, parent, directives, children: [] };
  scope.children = nodes
    .filter((child) => innerKind(child) !== undefined)
    .map((child) => buildScope(child.block ?? [], innerKind(child), child, scope));
  return scope;
}

/** The scopes of a whole configuration: each derivation goes through all of them. */
const walked = new WeakMap<Scope, readonly Scope[]>();

/** This scope and everything inside it, outermost first. */
export function walk(scope: Scope): readonly Scope[] {
  const known = walked.get(scope);
  if (known !== undefined) return known;
  const found: Scope[] = [];
  const ahead = [scope];
  for (let at = ahead.pop(); at !== undefined; at = ahead.pop()) {
    found.push(at);
    for (let i = at.children.length - 1; i >= 0; i -= 1) {
      const child = at.children[i];
      if (child !== undefined) ahead.push(child);
    }
  }
  if (scope.parent === null) walked.set(scope, found);
  return found;
}

/** The innermost scope of that kind, this one or one around it. */
export function enclosing(scope: Scope, kind: ScopeKind): Scope | null {
  let around: Scope | null = scope;
  while (around !== null && around.kind !== kind) around = around.parent;
  return around;
}

const NONE: readonly ConfigNode[] = [];

/** The directives of that name in force: those of the innermost block that has any (they replace, never add up). */
export function inForce(scope: Scope, name: string): readonly ConfigNode[] {
  for (let around: Scope | null = scope; around !== null; around = around.parent) {
    const found = around.directives.get(name);
    if (found !== undefined) return found;
  }
  return NONE;
}

export const placeOf = (node: ConfigNode): Place => ({ file: node.file, line: node.line });

/** nginx's defaults, once each. */
const defaults = new Map<unknown, Setting<unknown>>();

export function unwritten<T extends string | number | boolean | null>(value: T): Setting<T> {
  const known = defaults.get(value) as Setting<T> | undefined;
  if (known !== undefined) return known;
  const setting = { value, place: null };
  defaults.set(value, setting);
  return setting;
}

interface Parsed {
  readonly parse: unknown;
  readonly setting: Setting<unknown> | null;
}

/** What a directive comes to: one of http{} counts in each of its locations. */
const parsed = new WeakMap<ConfigNode, Parsed>();

function parsedOnce<T>(node: ConfigNode, parse: (argument: string) => T | null): Setting<T> | null {
  const known = parsed.get(node);
  if (known?.parse === parse) return known.setting as Setting<T> | null;
  const value = parse(node.args[0] ?? '');
  const setting = value === null ? null : { value, place: placeOf(node) };
  parsed.set(node, { parse, setting });
  return setting;
}

/** The value in force, or nginx's default when it is not written or not valid. */
export function settingOf<T extends string | number | boolean | null>(
  scope: Scope | null,
  name: string,
  fallback: T,
  parse: (argument: string) => T | null,
): Setting<T> {
  const node = scope === null ? undefined : inForce(scope, name)[0];
  return (node === undefined ? null : parsedOnce(node, parse)) ?? unwritten(fallback);
}

const parseTime = (text: string): number | null => parseTimeMs(text);

export const timeSetting = (scope: Scope | null, name: string, fallbackMs: number): Setting<number> =>
  settingOf(scope, name, fallbackMs, parseTime);

export const flagSetting = (scope: Scope | null, name: string, fallback: boolean): Setting<boolean> =>
  settingOf(scope, name, fallback, parseFlag);

/** `name=value` among the arguments. */
export function parameter(args: readonly string[], name: string): string | null {
  const found = args.find((arg) => arg.startsWith(`${name}=`));
  return found === undefined ? null : found.slice(name.length + 1);
}

/** Joined once for each block: thousands of locations share the names of their server. */
const names = new WeakMap<Scope, readonly string[]>();
const locations = new WeakMap<Scope, string>();

/** The server names a scope answers to; empty when none are written. */
export function serverNames(scope: Scope): readonly string[] {
  const server = enclosing(scope, 'server');
  const nodes = server?.directives.get('server_name') ?? [];
  if (server === null || nodes.length < 2) return nodes[0]?.args ?? [];
  const known = names.get(server) ?? nodes.flatMap(({ args }) => args);
  names.set(server, known);
  return known;
}

/** The arguments of the location around, without tokens: people are shown them. Null outside of any. */
export function locationOf(scope: Scope): string | null {
  const location = enclosing(scope, 'location');
  if (location === null) return null;
  const known = locations.get(location) ?? withoutTokens(location.node?.args.join(' ') ?? '');
  locations.set(location, known);
  return known;
}
