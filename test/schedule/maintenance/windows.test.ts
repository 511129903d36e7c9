import { describe, expect, it } from 'vitest';
import { maintenanceConfig, windowMs } from '../../../src/schedule/maintenance/config.ts';
import { createWindows } from '../../../src/schedule/maintenance/windows.ts';

const at = (text: string): number => Date.parse(text);

function windowsOf(window: object) {
  return createWindows(maintenanceConfig.parse([window]));
}

describe('a maintenance window', () => {
  it('is open for its duration and reports its end, its source and its reason', () => {
    const windows = windowsOf({ cron: '0 2 * * 6', duration: '2h', host: 'web-*', reason: 'patching' });
    expect(windows.open(at('2026-11-21T01:59:59Z'))).toEqual([]);
    expect(windows.open(at('2026-11-21T02:00:00Z'))).toEqual([
      {
        host: 'web-*',
        cause: null,
        reason: 'patching',
        until: at('2026-11-21T04:00:00Z'),
        by: 'the maintenance window 0 2 * * 6',
      },
    ]);
    expect(windows.open(at('2026-11-21T03:59:59Z'))).toHaveLength(1);
    expect(windows.open(at('2026-11-21T04:00:00Z'))).toEqual([]);
    windows.stop();
  });

  it('is open when it began before the process started', () => {
    const windows = windowsOf({ cron: '0 0 * * 1', duration: '7d' });
    expect(windows.open(at('2026-11-22T23:00:00Z'))[0]?.until).toBe(at('2026-11-23T00:00:00Z'));
    windows.stop();
  });

  it('follows the clock of its time zone and opens although daylight saving skips its minute', () => {
    const windows = windowsOf({ cron: '30 2 * * *', duration: '1h', timezone: 'Europe/Berlin' });
    expect(windows.open(at('2026-11-21T01:30:00Z'))).toHaveLength(1);
    expect(windows.open(at('2026-11-21T02:30:00Z'))).toEqual([]);
    // 02:30 does not come on 28 March 2027: the clock jumps from 02:00 to 03:00.
    expect(windows.open(at('2027-03-28T01:10:00Z'))).toHaveLength(1);
    windows.stop();
  });

  it('closes when the clock is set back to before its start, and opens when the clock is set into another one', () => {
    const windows = windowsOf({ cron: '0 2,5 * * *', duration: '1h' });
    expect(windows.open(at('2026-11-21T05:30:00Z'))).toHaveLength(1);
    expect(windows.open(at('2026-11-21T04:30:00Z'))).toEqual([]);
    expect(windows.open(at('2026-11-21T02:30:00Z'))[0]?.until).toBe(at('2026-11-21T03:00:00Z'));
    expect(windows.open(at('2026-11-21T05:00:00Z'))).toHaveLength(1);
    windows.stop();
  });

  it.each([
    ['a cron expression of six fields', { cron: '0 0 2 * * *', duration: '2h' }],
    ['a duration without unit', { cron: '0 2 * * *', duration: '2' }],
    ['a duration of more than a week', { cron: '0 2 * * *', duration: '8d' }],
    ['an unknown zone', { cron: '0 2 * * *', duration: '2h', timezone: 'Mars/Olympus' }],
    ['an unknown key', { cron: '0 2 * * *', duration: '2h', hosts: 'web-1' }],
  ])('refuses %s', (_name, window) => {
    expect(maintenanceConfig.safeParse([window]).success).toBe(false);
  });

  it('reads minutes, hours and days', () => {
    expect(['90m', '2h', '7d', '0m', 'h'].map(windowMs)).toEqual([5_400_000, 7_200_000, 604_800_000, null, null]);
  });
});
