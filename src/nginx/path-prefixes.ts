/** Lists the path prefixes of a configuration. They may be shown, because no client wrote them. */
import { allNodes, type ConfigTree } from './config-tree.ts';
import { isPlainName } from './plain-name.ts';

const MOST_PREFIXES = 100;

/** Literal prefixes of locations, as far as they are plain names. */
export function pathPrefixes(tree: ConfigTree | null): readonly string[] {
  const locations = allNodes(tree?.nodes ?? []).filter(({ name }) => name === 'location');
  const paths = locations.map(({ args }) => args.at(-1) ?? '').filter((path) => /^\/[\w./-]{1,128}$/.test(path));
  return [...new Set(paths)].filter((path) => path.split(/[./]/).every(isPlainName)).slice(0, MOST_PREFIXES);
}
