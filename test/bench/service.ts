/** What the service costs while nothing happens: CPU and memory over half a minute beside an idle nginx. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadScenario } from '../../src/demo/lab/catalogue.ts';
import { findNginxBinary } from '../../src/demo/lab/nginx-binary.ts';
import { runScenario } from '../../src/demo/lab/run-scenario.ts';
import { cpuMs } from './cpu-ms.ts';
import { atMost, type Row } from './row.ts';

const BINARY = resolve(import.meta.dirname, '../../dist/cli/main.js');
const SETTLE_MS = 10_000;
const WATCH_MS = 30_000;

const residentMib = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

/** Idle CPU in percent of one core, and resident memory. */
export async function benchService(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'gapwatch-bench-'));
  const rows: Row[] = [];
  try {
    await runScenario(await loadScenario('quiet-idle'), {
      binary: await findNginxBinary(process.env.PATH ?? ''),
      signal: new AbortController().signal,
      baselineSeconds: 0,
      faultSeconds: 0,
      async onReady({ nginx }) {
        const config = join(folder, 'gapwatch.yml');
        writeFileSync(
          config,
          JSON.stringify({ nginx: { pidFile: nginx.pidFile }, store: { path: join(folder, 'g.db') } }),
        );
        const bot = spawn(process.execPath, [BINARY, 'run', '-c', config], {
          stdio: 'ignore',
          env: { ...process.env, SLACK_BOT_TOKEN: '' },
        });
        const ended = once(bot, 'exit');
        try {
          const pid = bot.pid ?? 0;
          await sleep(SETTLE_MS);
          const before = cpuMs(pid);
          await sleep(WATCH_MS);
          const share = ((cpuMs(pid) - before) / WATCH_MS) * 100;
          rows.push(atMost('service, idle: CPU', share, '% of a core', 2));
          rows.push(atMost('service, idle: resident memory', residentMib(pid), 'MiB', 150));
        } finally {
          bot.kill('SIGTERM');
          await ended;
        }
      },
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return rows;
}
