/**
 * Prints a configuration that may leave the host: every directive by its name, arguments only where settings are derived from
 * them (printed-directives.ts), everything else as `[…]`. nginx's own grammar, includes in place, no comments.
 */
import type { ConfigNode, ConfigTree } from './config-tree.ts';
import { configWord } from './config-word.ts';
import { ALL_NAMES, type Names } from './plain-name.ts';
import { PRINTED_BLOCKS, PRINTED_DIRECTIVES } from './printed-directives.ts';
import { HIDDEN, PRINT, printedFormat, printedWord } from './printed-words.ts';

/** Directives of nginx and its modules are named like this; anything else is a piece of something. */
const DIRECTIVE = /^[a-z]{1,32}(?:_[a-z0-9]{1,32}){0,8}$|^http[23]$/;
/** Headers that decide whether a connection is kept, and which server is meant. */
const HEADERS = new Set(['connection', 'upgrade', 'host']);

type Printed = Pick<ConfigNode, 'name' | 'args'> & { readonly block: readonly Printed[] | null };

const hidden = (args: readonly string[]): string[] => args.map(() => HIDDEN);

function headerArgs([name = '', value = '', ...rest]: readonly string[], names: Names): string[] {
  const kind = name.toLowerCase();
  if (!HEADERS.has(kind)) return hidden([name, value, ...rest]);
  const allowed = kind === 'host' ? ['header', 'address'] : ['header'];
  return [name, value === '' ? '' : printedWord(value, allowed, names), ...hidden(rest)];
}

function formatArgs([name = '', ...pieces]: readonly string[], names: Names): string[] {
  const escaping = /^escape=/.test(pieces[0] ?? '') ? [printedWord(pieces[0] ?? '', ['escape='], names)] : [];
  const text = pieces.slice(escaping.length).join('');
  return [printedWord(name, ['name'], names), ...escaping, ...(text === '' ? [] : [printedFormat(text)])];
}

function printedArgs({ name, args }: ConfigNode, names: Names): readonly string[] {
  const allowed = PRINTED_DIRECTIVES.get(name);
  if (allowed === undefined) return hidden(args);
  if (allowed[0] === 'header') return headerArgs(args, names);
  if (name === 'log_format') return formatArgs(args, names);
  return args.map((arg) => printedWord(arg, allowed, names));
}

/** The one map that is read: what the Connection header is made of. */
function printedMap({ name, args, block }: ConfigNode): Printed {
  const [from = '', to = ''] = args;
  const isConnection = from === '$http_upgrade' && PRINT.variables?.(to, ALL_NAMES) === to;
  const entries = (block ?? []).flatMap((entry) => {
    const value = entry.args[0] ?? '';
    const isWord = entry.name === '' || /^(?:default|websocket|close|upgrade)$/i.test(entry.name);
    return isWord ? [{ name: entry.name, args: [PRINT.header?.(value, ALL_NAMES) ?? HIDDEN], block: null }] : [];
  });
  return { name, args: isConnection ? args : hidden(args), block: isConnection ? entries : [] };
}

/** An include that could not be read is a gap in the text; the others are in their places. */
function printedNodes(nodes: readonly ConfigNode[], unread: ReadonlySet<string>, names: Names): Printed[] {
  return nodes.flatMap((node): Printed[] => {
    const { name, file, line, block } = node;
    if (name === 'include' && !unread.has(`${file}:${line}`)) return [];
    if (name === 'map') return [printedMap(node)];
    if (!DIRECTIVE.test(name)) return [{ name: HIDDEN, args: [], block: block === null ? null : [] }];
    const inner = PRINTED_BLOCKS.has(name) ? printedNodes(block ?? [], unread, names) : [];
    return [{ name, args: printedArgs(node, names), block: block === null ? null : inner }];
  });
}

function* linesOf(nodes: readonly Printed[], depth: number): Generator<string> {
  const indent = '    '.repeat(depth);
  for (const { name, args, block } of nodes) {
    const head = `${indent}${[name, ...args].map(configWord).join(' ')}`;
    if (block === null) yield `${head};`;
    else if (block.length === 0) yield `${head} {}`;
    else {
      yield `${head} {`;
      yield* linesOf(block, depth + 1);
      yield `${indent}}`;
    }
  }
}

/** `names` gives those that are no plain names a number. */
export function printedConfig(tree: Pick<ConfigTree, 'nodes' | 'problems'>, names: Names): string {
  const unread = new Set(tree.problems.map(({ file, line }) => `${file}:${line}`));
  return [...linesOf(printedNodes(tree.nodes, unread, names), 0), ''].join('\n');
}
