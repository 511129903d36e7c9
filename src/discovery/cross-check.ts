/**
 * Compares the configuration that gapwatch read with the output of `nginx -T`, on request only: nginx then creates an empty
 * pid file, logs and temporary folders. nginx runs from a held descriptor. Refuses when another user could have changed
 * the binary or a file that it reads.
 */
import { allNodes, type ConfigNode, type ConfigTree, parseDump } from '../nginx/config-tree.ts';
import type { Discovery } from './discover.ts';
import type { DiscoveryHost } from './host.ts';
import { runInputs } from './run-inputs.ts';
import { mayRun } from './trust.ts';

export interface CrossCheck {
  /** `same`, `different`; `refused`: not allowed to run; `failed`: it was run and printed no configuration. */
  readonly outcome: 'same' | 'different' | 'refused' | 'failed';
  /** A sentence for people. */
  readonly detail: string;
}

const TIMEOUT_MS = 10_000;
/** Where the directives of `-g` are said to be. */
const GLOBALS = '-g';

const textOf = ({ file, line, name, args, block, code }: ConfigNode): string =>
  JSON.stringify([file, line, name, args, block !== null, code ?? '']);

/** Every directive with its place, in order; those of `-g` are in no file that nginx prints. */
function linesOf(tree: ConfigTree): readonly string[] {
  return allNodes(tree.nodes.filter(({ file }) => file !== GLOBALS)).map(textOf);
}

/** The first place where two readings differ; null when they are the same. */
export function firstDifference(read: ConfigTree, dump: ConfigTree): string | null {
  const [ours, theirs] = [linesOf(read), linesOf(dump)];
  const at = theirs.findIndex((line, i) => line !== ours[i]);
  if (at < 0 && ours.length === theirs.length) return null;
  const node = allNodes(at < 0 ? read.nodes : dump.nodes)[at < 0 ? theirs.length : at];
  return node === undefined ? 'the end' : `${node.file}:${node.line} (${node.name})`;
}

export async function crossCheck(host: DiscoveryHost, found: Discovery): Promise<CrossCheck> {
  const { nginx, tree } = found;
  if (nginx?.binary == null || tree === null)
    return { outcome: 'refused', detail: 'there is no nginx to run, or no configuration to compare with.' };
  if (tree.problems.length > 0)
    return { outcome: 'refused', detail: 'nginx -T is not run: not everything that it would read was read.' };
  const files = runInputs(host, nginx.binary, nginx.prefix, tree);
  const { allowed, reason } = mayRun(host, { standing: nginx.standing, binary: nginx.binary, files });
  if (!allowed) return { outcome: 'refused', detail: `nginx -T is not run: ${reason}.` };
  const args = ['-T', '-q', '-p', nginx.prefix, '-c', nginx.configFile];
  const output = await host.runTrusted(nginx.binary, args, TIMEOUT_MS);
  if (output.code !== 0) {
    const said = output.failure ?? output.stderr.trim().split('\n').at(-1) ?? '';
    return { outcome: 'failed', detail: `nginx -T printed no configuration: ${said}` };
  }
  const difference = firstDifference(tree, parseDump(output.stdout));
  return difference === null
    ? { outcome: 'same', detail: `nginx -T prints the ${tree.files.length} files as they were read.` }
    : { outcome: 'different', detail: `nginx -T differs from what was read at ${difference}.` };
}
