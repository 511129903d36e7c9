/**
 * The built service and a real nginx whose wall clock is set while clients get errors: both are started with a library
 * that moves it for them alone, because the clock of the machine is also that of others.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { GapwatchProcess } from '../cli/support/gapwatch-process.ts';
import { type Ground, PrivateNginx } from '../support/private-nginx.ts';
import { compileLibrary } from './support/c-program.ts';

/** Moves the realtime clock of a process by the seconds in a file; its monotonic clock stays. */
const SET_CLOCK = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
static long by(void) {
  char text[32] = {0};
  int file = open(getenv("CLOCK_SET_BY"), O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  if (read(file, text, sizeof text - 1) < 0) text[0] = 0;
  close(file);
  return atol(text);
}
int clock_gettime(clockid_t id, struct timespec *at) {
  static int (*own)(clockid_t, struct timespec *);
  if (!own) own = dlsym(RTLD_NEXT, "clock_gettime");
  int result = own(id, at);
  if (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE) at->tv_sec += by();
  return result;
}
int gettimeofday(struct timeval *at, void *zone) {
  static int (*own)(struct timeval *, void *);
  if (!own) own = dlsym(RTLD_NEXT, "gettimeofday");
  int result = own(at, zone);
  at->tv_sec += by();
  return result;
}
time_t time(time_t *at) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (at) *at = now.tv_sec;
  return now.tv_sec;
}
`;
const HOUR_S = 3_600;
const CLOSE_AFTER_MS = 4_000;

/** Nothing listens at its upstream. */
const CONFIG = (ground: Ground): string => `
error_log logs/error.log notice;
events { worker_connections 64; }
http {
  access_log off;
  server {
    listen 127.0.0.1:${ground.port};
    location / { proxy_pass http://127.0.0.1:1; }
    location = /status { stub_status; }
  }
}`;

it('keeps one incident over steps of an hour and a day, and ends it after the time that passed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gapwatch-clock-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const setBy = join(folder, 'set-by');
  const set = (seconds: number): void => writeFileSync(setBy, String(seconds));
  set(0);
  const env = { LD_PRELOAD: compileLibrary(folder, 'set-clock', SET_CLOCK), CLOCK_SET_BY: setBy };
  const nginx = await PrivateNginx.start(CONFIG, { env });
  onTestFinished(() => nginx.stop());
  const gapwatch = new GapwatchProcess({
    config: {
      nginx: {
        pidFile: nginx.path('logs/nginx.pid'),
        errorLogs: [nginx.path('logs/error.log')],
        stubStatusUrl: `http://127.0.0.1:${nginx.port}/status`,
      },
      probes: { intervalMs: 500, suspiciousIntervalMs: 250 },
      thresholds: { activeMs: 3_000 },
      incidents: { calmAfterMs: 2_000, closeAfterMs: CLOSE_AFTER_MS },
    },
    env,
  });
  onTestFinished(() => void gapwatch.stop());
  const upstream = ({ type, incident }: (typeof gapwatch.events)[number], what: string): boolean =>
    type === `incident.${what}` && incident?.cause === 'upstream-down';
  const count = (what: string): number => gapwatch.events.filter((event) => upstream(event, what)).length;
  await gapwatch.until('the first sample', () => gapwatch.events.some(({ type }) => type === 'sample'), 30_000);
  const asking = setInterval(() => {
    fetch(`http://127.0.0.1:${nginx.port}/`).then(
      (answer) => answer.body?.cancel(),
      () => {},
    );
  }, 200);
  onTestFinished(() => clearInterval(asking));

  await gapwatch.until('an incident', () => count('opened') === 1, 30_000);
  for (const next of [HOUR_S, -24 * HOUR_S, 0]) {
    const said = gapwatch.log.split('wall clock stepped').length;
    set(next);
    await gapwatch.until('the step', () => gapwatch.log.split('wall clock stepped').length > said, 30_000);
    const before = gapwatch.samples('workers').length;
    await gapwatch.until('eight more looks', () => gapwatch.samples('workers').length >= before + 8, 30_000);
    expect([count('opened'), count('resolved')]).toEqual([1, 0]);
  }
  clearInterval(asking);
  const quietFrom = performance.now();
  await gapwatch.until('its end', () => count('resolved') === 1, 60_000);
  expect(performance.now() - quietFrom).toBeGreaterThan(CLOSE_AFTER_MS);
  expect(count('opened')).toBe(1);
}, 180_000);
