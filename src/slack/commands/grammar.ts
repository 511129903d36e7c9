/** Parses the text of `/nginx-status` with a fixed grammar. Executes no part of it. */

import { parseDuration } from '../../core/duration.ts';
import { fitsGlob } from '../../core/glob.ts';
import type { CheckId } from '../../core/report.ts';
import { type CheckWord, type Topic, wordsOf } from './words.ts';

export interface Known {
  readonly hosts: readonly string[];
  readonly causes: readonly string[];
  readonly checks: readonly CheckWord[];
  /** The known word closest to a mistyped one. */
  nearest(word: string, known: readonly string[]): string | null;
}

export type Command =
  | { readonly kind: 'check'; readonly check: CheckId; readonly hosts: readonly string[]; readonly isPublic: boolean }
  | {
      readonly kind: Exclude<Topic, 'mute' | 'help' | 'digest'>;
      readonly hosts: readonly string[];
      readonly isPublic: boolean;
    }
  | {
      readonly kind: 'digest';
      /** The period before now; null when none was given. */
      readonly lastMs: number | null;
      readonly hosts: readonly string[];
      readonly isPublic: boolean;
    }
  | {
      readonly kind: 'mute';
      /** 0 ends the mute. */
      readonly forMs: number;
      readonly cause: string | null;
      readonly host: string | null;
      readonly reason: string | null;
      readonly isPublic: boolean;
    }
  | { readonly kind: 'help'; readonly isPublic: boolean }
  /** A command that was not understood: the problem and the closest valid command. */
  | { readonly kind: 'unknown'; readonly problem: string; readonly near: string | null; readonly isPublic: boolean };

const MAX_MUTE_MS = 30 * 86_400_000;
/** More than any command needs. Longer text is refused unread. */
const MOST_TEXT = 1_000;

function hostsFor(glob: string | undefined, known: Known): readonly string[] {
  return glob === undefined ? known.hosts : known.hosts.filter((host) => fitsGlob(glob, host));
}

function mute(rest: readonly string[], known: Known, isPublic: boolean): Command {
  const [duration, ...after] = rest;
  const forMs = duration?.toLowerCase() === 'off' ? 0 : parseDuration(duration ?? '');
  if (forMs === null || forMs > MAX_MUTE_MS) {
    const problem = forMs === null ? 'mute needs a duration, such as 15m, 2h or 1d' : 'mute takes at most 30d';
    return { kind: 'unknown', problem, near: 'mute 2h', isPublic };
  }
  let words = after;
  const cause = known.causes.includes(words[0] ?? '') ? (words[0] ?? null) : null;
  if (cause !== null) words = words.slice(1);
  const isHost = words[0] !== undefined && (known.hosts.includes(words[0]) || /^[\w.-]*\*[\w.*-]*$/.test(words[0]));
  const host = isHost ? (words[0] ?? null) : null;
  if (isHost) words = words.slice(1);
  return {
    kind: 'mute',
    forMs,
    cause,
    host,
    reason: words.length === 0 ? null : words.join(' ').slice(0, 200),
    isPublic,
  };
}

function unknownWord(word: string, known: Known, isPublic: boolean): Command {
  const near = known.nearest(word, [...wordsOf(known.checks).map((entry) => entry.word), ...known.hosts]);
  return { kind: 'unknown', problem: `“${word.slice(0, 60)}” is neither a word nor a host I know`, near, isPublic };
}

/** Never throws: an invalid text gives the kind `unknown`. */
export function parseCommand(text: string, known: Known): Command {
  if (text.length > MOST_TEXT) {
    return { kind: 'unknown', problem: `a command has at most ${MOST_TEXT} characters`, near: null, isPublic: false };
  }
  const tokens = text
    .trim()
    .split(/\s+/)
    .filter((token) => token !== '')
    .slice(0, 60);
  const isPublic = tokens.at(-1)?.toLowerCase() === 'public';
  if (isPublic) tokens.pop();
  const first = tokens[0]?.toLowerCase();
  const entry = wordsOf(known.checks).find(({ word }) => word === first);
  if (entry?.word === 'help') return { kind: 'help', isPublic };
  if (entry?.word === 'mute') return mute(tokens.slice(1), known, isPublic);
  let rest = entry === undefined ? tokens : tokens.slice(1);
  const lastMs = entry?.word === 'digest' ? parseDuration(rest[0] ?? '') : null;
  if (lastMs !== null) rest = rest.slice(1);
  if (rest.length > 1) {
    return {
      kind: 'unknown',
      problem: `“${rest.slice(1).join(' ').slice(0, 60)}” is too much`,
      near: `${first ?? ''} ${rest[0] ?? ''}`.trim(),
      isPublic,
    };
  }
  const hosts = hostsFor(rest[0], known);
  if (rest[0] !== undefined && hosts.length === 0) return unknownWord(rest[0], known, isPublic);
  if (entry === undefined) return { kind: 'summary', hosts, isPublic };
  if (entry.word === 'digest') return { kind: 'digest', lastMs, hosts, isPublic };
  const check = known.checks.find(({ id }) => id === entry.word);
  if (check !== undefined) return { kind: 'check', check: check.id, hosts, isPublic };
  return { kind: entry.word as Exclude<Topic, 'mute' | 'help' | 'digest'>, hosts, isPublic };
}
