/** Renders the mutes for every summary, so that silence is not mistaken for health. */
import type { Mute } from '../ports.ts';
import type { Block, Rendered } from './block.ts';
import { fitBlocks } from './limits.ts';
import { context, date, mrkdwn, user } from './text.ts';

/** One context line for each mute, at most ten. */
export function muteLines(mutes: readonly Mute[]): Block[] {
  return mutes.slice(0, 10).map((mute) => {
    const what = `${mute.cause ?? 'everything'} on ${mute.host ?? 'all hosts'}`;
    const why = mute.reason === null ? '' : `: ${mute.reason}`;
    return context(mrkdwn`Muted: ${what} until ${date(mute.until)} by ${user(mute.by)}${why}`);
  });
}

export function withMutes(rendered: Rendered, mutes: readonly Mute[]): Rendered {
  if (mutes.length === 0) return rendered;
  return { ...rendered, blocks: fitBlocks([...rendered.blocks, ...muteLines(mutes)]) };
}
