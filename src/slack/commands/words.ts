/** The table of `/nginx-status` words, from which the grammar, the help and the manifest are made. */
import type { CheckId } from '../../core/report.ts';

export const COMMAND = '/nginx-status';

export type Topic = 'summary' | 'checks' | 'why' | 'incidents' | 'digest' | 'audit' | 'doctor' | 'mute' | 'help';

export interface Word {
  readonly word: Topic | CheckId;
  /** What may follow it, in addition to a host. */
  readonly takes: string;
  readonly does: string;
  /** True when it changes state: `slack.allow` decides who may use it. */
  readonly acts: boolean;
}

export const TOPICS: readonly Word[] = [
  { word: 'summary', takes: '', does: 'the state in one sentence and all checks (the default)', acts: false },
  { word: 'checks', takes: '', does: 'every check as a table, worst first', acts: false },
  { word: 'why', takes: '', does: 'the diagnosis with evidence, and what was ruled out', acts: false },
  { word: 'incidents', takes: '', does: 'open incidents and those of the last day', acts: false },
  { word: 'digest', takes: '[RANGE]', does: 'the capacity digest, e.g. of 24h or 7d', acts: false },
  { word: 'audit', takes: '', does: 'capacity problems of the configuration, with file:line', acts: false },
  { word: 'doctor', takes: '', does: 'what gapwatch cannot observe here, with remedies', acts: false },
  {
    word: 'mute',
    takes: 'DURATION|off [CAUSE]',
    does: 'no new messages for 15m, 2h or 1d; a reason may follow',
    acts: true,
  },
  { word: 'help', takes: '', does: 'this list', acts: false },
];

/** A quick check, as the help lists it. */
export interface CheckWord {
  readonly id: CheckId;
  readonly does: string;
}

/** All words: the topics, then one word for each check. */
export function wordsOf(checks: readonly CheckWord[]): readonly Word[] {
  return [...TOPICS, ...checks.map(({ id, does }): Word => ({ word: id, takes: '', does, acts: false }))];
}

/** The manifest's usage hint. */
export const USAGE_HINT = `[CHECK|${TOPICS.filter(({ word }) => word !== 'checks')
  .map(({ word }) => (word === 'mute' ? 'mute DURATION' : word))
  .join('|')}] [HOST] [public]`;
