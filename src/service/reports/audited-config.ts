/**
 * Reads a configuration for the audit: a file with its includes, or a text such as `nginx -T` output. Runs no nginx.
 */
import { resolve } from 'node:path';
import type { Settings } from '../../core/settings.ts';
import { diskReader } from '../../discovery/config-files.ts';
import { systemHost } from '../../discovery/host.ts';
import type { ConfigLimits } from '../../nginx/config-budget.ts';
import {
  allNodes,
  type ConfigNode,
  type ConfigText,
  type ConfigTree,
  parseConfig,
  parseDump,
} from '../../nginx/config-tree.ts';
import { deriveSettings } from '../../nginx/effective.ts';
import { missingSemicolons } from '../../nginx/missing-semicolons.ts';

type Problems = ConfigTree['problems'];

export interface ReadConfig {
  readonly settings: Settings;
  /** Errors that nginx would report, and unreadable files. */
  readonly problems: Problems;
  /** False when the text has no directive, so that nothing was audited. */
  readonly hasDirectives: boolean;
}

const DUMP_HEADER = /^# configuration file .+:$/m;
const BYTE_ORDER_MARK = '\uFEFF';
/** Names of nginx directives without an underscore. */
const PLAIN_NAMES =
  /^(events|http|stream|mail|server|location|upstream|map|geo|types|include|user|daemon|pid|listen|root|alias|index|return|rewrite|set|if|allow|deny|expires|gzip|etag|sendfile|aio|resolver|keepalive|zone|internal|mirror)$/;
/** Such files hold no directive that affects capacity. */
const TABLES = /(^|\/)(mime\.types|\w+_params|fastcgi\.conf)$/;

/** nginx requires `events` and does nothing without `http`, `stream` or `mail`. A text without them is a fragment. */
const isWhole = (nodes: readonly ConfigNode[]): boolean =>
  nodes.some(({ name }) => name === 'events') && nodes.some(({ name }) => ['http', 'stream', 'mail'].includes(name));

const isDirective = ({ name }: ConfigNode): boolean => PLAIN_NAMES.test(name) || /^[a-z0-9]+(_[a-z0-9]+)+$/.test(name);

/** nginx takes a byte order mark for a part of the first name. The audit still judges the intended directive. */
function withoutMark(nodes: readonly ConfigNode[]): readonly ConfigNode[] {
  return nodes.map((node) => ({
    ...node,
    name: node.name.startsWith(BYTE_ORDER_MARK) ? node.name.slice(1) : node.name,
    block: node.block === null ? null : withoutMark(node.block),
  }));
}

const markProblems = (nodes: readonly ConfigNode[]): Problems =>
  allNodes(nodes)
    .filter(({ name }) => name.startsWith(BYTE_ORDER_MARK))
    .map(({ name, file, line }) => ({
      file,
      line,
      message: `unknown directive "${name}": the file begins with a byte order mark`,
    }));

function readTree(tree: ConfigTree, version: string | null): ReadConfig {
  const marks = markProblems(tree.nodes);
  const nodes = marks.length === 0 ? tree.nodes : withoutMark(tree.nodes);
  const origin = isWhole(nodes) ? 'files' : 'fragment';
  const settings = deriveSettings({ nodes }, { origin, version, cpus: null, prefix: null });
  const cut = settings.cut === undefined ? [] : [settings.cut];
  const problems = [...tree.problems, ...marks, ...missingSemicolons({ nodes }), ...cut];
  return { settings, problems, hasDirectives: nodes.some(isDirective) };
}

/** A text does not contain its included files, so the audit covers only a part. */
const unread = (nodes: readonly ConfigNode[]): Problems =>
  allNodes(nodes)
    .filter(({ name, args }) => name === 'include' && !TABLES.test(args[0] ?? ''))
    .map(({ args: [path = ''], file, line }) => ({
      file,
      line,
      message: `include "${path}" was not read: pipe in the output of nginx -T, or name the file`,
    }));

export interface HowToRead {
  /** Of the nginx that will run it, because some defaults depend on it; null when unknown. */
  readonly version: string | null;
  readonly limits?: ConfigLimits | undefined;
}

export function readConfigText({ text, isCut = false }: ConfigText, { version, limits }: HowToRead): ReadConfig {
  const tree = parseDump(text, limits);
  const read = readTree(tree, version);
  const cut = isCut
    ? [{ file: tree.files[0] ?? '-', line: 1, message: 'only the beginning of the text was read' }]
    : [];
  const problems = [...read.problems, ...cut];
  return DUMP_HEADER.test(text) ? { ...read, problems } : { ...read, problems: [...problems, ...unread(tree.nodes)] };
}

/** Resolves `include` relative to the folder of the file. Returns null with the reason when the file is unreadable. */
export function readConfigFile(path: string, how: HowToRead): ReadConfig | { readonly failure: string } {
  const host = systemHost();
  const file = resolve(path);
  const found = host.read(file);
  if ('failure' in found) return found;
  if (DUMP_HEADER.test(found.text)) return readConfigText(found, how);
  return readTree(parseConfig(file, diskReader(host, ''), how.limits), how.version);
}
