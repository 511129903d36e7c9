/** Reports problems of the store: as Slack messages when they happen, and as items of the doctor. */
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

/** Checks the store's file and posts new notices. Must be called every few seconds. */
export function reportStoreHealth(health: StoreHealth, slack: Slack | null, host: string): void {
  health.recover();
  for (const notice of health.takeNotices()) {
    slack?.notice(`store:${notice.kind}:${notice.at}`, reportOf(notice, host));
  }
}

export function storeItem(path: string, health: StoreHealth): DoctorItem {
  const trouble = health.trouble();
  if (trouble === null) return { what: 'store', ok: true, detail: path, remedy: null };
  return {
    what: 'store',
    ok: false,
    detail: `${trouble.detail}; gapwatch continues in memory`,
    remedy: trouble.remedy,
  };
}
