/** What people must know of the store: as messages in Slack when it happens, and as lines of the doctor. */
import type { Report } from '../slack/ports.ts';
import type { Slack } from '../slack/slack.ts';
import type { StoreHealth, StoreNotice } from '../store/health.ts';
import type { DoctorItem } from './reports/doctor.ts';

const TITLES: Readonly<Record<StoreNotice['kind'], string>> = {
  damaged: 'The store was damaged',
  memory: 'The store cannot be written',
  back: 'The store can be written again',
};

function reportOf({ kind, text, remedy }: StoreNotice, host: string): Report {
  return { title: `${TITLES[kind]}: ${host}`, lead: text, lines: [], table: null, snippet: remedy, footnotes: [] };
}

/** Looks after the store's file, and posts what is new. To be called every few seconds. */
export function tendStore(health: StoreHealth, slack: Slack | null, host: string): void {
  health.recover();
  for (const notice of health.takeNotices()) {
    slack?.notice(`store:${notice.kind}:${notice.at}`, reportOf(notice, host));
  }
}

export function storeItem(path: string, health: StoreHealth): DoctorItem {
  const trouble = health.trouble();
  if (trouble === null) return { what: 'store', ok: true, detail: path, remedy: null };
  return { what: 'store', ok: false, detail: `${trouble.detail}; gapwatch goes on in memory`, remedy: trouble.remedy };
}
