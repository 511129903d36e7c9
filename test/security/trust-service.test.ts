/**
 * The service itself, in a PID namespace with one nginx of root and one process of nobody that is titled like a master:
 * the end of nginx is still an outage, and the pid of an ended master is no passport.
 */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hasEnded } from '../../src/discovery/masters.ts';
import { GapwatchProcess } from '../cli/support/gapwatch-process.ts';
import { fakeHost, masterFiles } from '../discovery/fake-host.ts';
import { NGINX } from '../support/private-nginx.ts';
import { compile } from './support/c-program.ts';

const WAIT = `
#include <unistd.h>
int main(void) { for (;;) pause(); }`;

let folder = '';
let service: GapwatchProcess | null = null;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gapwatch-service-'));
  chmodSync(folder, 0o755);
});
afterEach(async () => {
  await service?.stop();
  service = null;
  rmSync(folder, { recursive: true, force: true });
});

describe.runIf(process.getuid?.() === 0)('a fake master beside the real one', () => {
  it('does not hide that nginx is down', async () => {
    mkdirSync(join(folder, 'logs'));
    const config = 'error_log logs/error.log; pid logs/nginx.pid; events {} http { access_log off; }';
    writeFileSync(join(folder, 'nginx.conf'), config);
    const fake = compile(folder, 'fake', WAIT);
    const asNobody = 'setpriv --reuid=65534 --regid=65534 --clear-groups';
    const script = `
      ${NGINX} -p ${folder} -c nginx.conf -e logs/error.log -g 'daemon off;' & nginx=$!
      ${asNobody} bash -c 'exec -a "nginx: master process ${NGINX} -p ${folder} -c nginx.conf" ${fake}' &
      (until [ -e ${folder}/end ]; do sleep 0.1; done; kill -TERM $nginx) &
      exec "$@"`;
    service = new GapwatchProcess({
      config: { probes: { intervalMs: 500, suspiciousIntervalMs: 500, timeoutMs: 1000 } },
      wrap: (command) => [
        'unshare',
        '--pid',
        '--fork',
        '--kill-child',
        '--mount-proc',
        'sh',
        '-c',
        script,
        'sh',
        ...command,
      ],
    });
    const running = service;
    await running.until('workers of the real nginx', () => running.samples('workers').some(({ ok }) => ok === true));
    await running.said(/Not watched, although titled like an nginx master/);
    writeFileSync(join(folder, 'end'), '');
    await running.until('the outage', () => running.incidents.includes('nginx-down'), 30_000);
    expect(running.incidents).toEqual(['nginx-down']);
  }, 60_000);
});

describe('the pid of a master that ended', () => {
  const nginx = { masterPid: 30, startTicks: 500 };

  it('is no longer its own when another process has it', () => {
    expect(hasEnded(fakeHost({ files: masterFiles(30, 'nginx', 500) }), nginx)).toBe(false);
    expect(hasEnded(fakeHost({ files: masterFiles(30, 'nginx', 501) }), nginx)).toBe(true);
    expect(hasEnded(fakeHost({}), nginx)).toBe(true);
  });

  it('is still its own while that cannot be read', () => {
    expect(hasEnded(fakeHost({ forbidden: ['/proc/30/stat'] }), nginx)).toBe(false);
  });
});
