/** Finds the format of an access log: of all formats in the configuration, the one that fits its first lines. */
import { createAccessReader } from '../access/access-reader.ts';
import type { Escape } from '../access/line-plan.ts';
import type { ConfigNode } from '../nginx/config-tree.ts';
import { COMBINED_FORMAT } from '../nginx/log-format.ts';

export interface AccessFormat {
  readonly format: string;
  readonly escape: Escape;
}

/** The default format of ingress-nginx (its docs, "Log format"). */
const INGRESS_FORMAT = `${COMBINED_FORMAT} $request_length $request_time [$proxy_upstream_name] [$proxy_alternative_upstream_name] $upstream_addr $upstream_response_length $upstream_response_time $upstream_status $req_id`;
const WIDELY_USED: readonly AccessFormat[] = [
  { format: COMBINED_FORMAT, escape: 'default' },
  { format: INGRESS_FORMAT, escape: 'default' },
];

/** All formats that these nodes define, used or not. */
export function formatsIn(nodes: readonly ConfigNode[]): AccessFormat[] {
  return nodes.flatMap(({ name, args, block }) => {
    if (name !== 'log_format') return formatsIn(block ?? []);
    const escaping = args.find((arg) => arg.startsWith('escape='))?.slice('escape='.length);
    const format = args
      .slice(1)
      .filter((arg) => !arg.startsWith('escape='))
      .join('');
    return [{ format, escape: escaping === 'json' || escaping === 'none' ? escaping : 'default' }];
  });
}

/** Number of lines of `head` (the log's beginning) that the format does not fit. */
function misfits(candidate: AccessFormat, head: Buffer): number {
  const reader = createAccessReader(candidate.format, candidate.escape);
  reader.feed(head);
  return reader.take(1).unparsed;
}

/** `combined` fits the beginning of many longer formats, so of two that fit equally the longer one is chosen. */
export function chooseFormat(head: string, defined: readonly AccessFormat[]): AccessFormat {
  const whole = head.slice(0, head.lastIndexOf('\n') + 1);
  const lines = Buffer.from(whole === '' ? head : whole, 'latin1');
  const ranked = [...defined, ...WIDELY_USED]
    .map((format) => ({ format, misfits: misfits(format, lines) }))
    .sort((a, b) => a.misfits - b.misfits || b.format.format.length - a.format.format.length);
  return ranked[0]?.format ?? { format: COMBINED_FORMAT, escape: 'default' };
}
