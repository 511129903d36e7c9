/** The audit as a message: its length is bounded, and it says when there is nothing to judge. */
import { expect, it } from 'vitest';
import type { Evidence } from '../../../src/core/evidence.ts';
import { parseFragment } from '../../../src/nginx/config-tree.ts';
import { deriveSettings } from '../../../src/nginx/effective.ts';
import { auditReport } from '../../../src/service/reports/audit-report.ts';

function evidence(config: string | null): Evidence {
  const settings =
    config === null
      ? null
      : deriveSettings(parseFragment(config), { origin: 'live', version: '1.22.1', cpus: 2, prefix: null });
  const notObservable = [{ what: 'settings', because: 'nginx -T needs root', remedy: 'sudo gapwatch doctor' }];
  return {
    host: 'web-1',
    asOf: 0,
    windowMs: 600_000,
    settings,
    latest: {},
    history: {},
    signals: new Map(),
    notObservable: settings === null ? notObservable : [],
    facts: {},
  };
}

const bad = (upstreams: number): string =>
  `error_log logs/e.log warn; worker_rlimit_nofile 100;\nevents { worker_connections 512; }\nhttp {\n${Array.from(
    { length: upstreams },
    (_, i) => `upstream u${i} { server 10.0.0.${i}:80 max_fails=9; }\n`,
  ).join('')}}\n`;

it('counts findings, names their place and shows the line to write', async () => {
  const { lead, lines, snippet } = await auditReport(evidence(bad(1)));
  expect(lead).toMatch(/^1 critical, 0 warnings, \d+ info\.$/);
  expect(lines[0]).toMatch(/^critical: a worker has 512 .* \(nginx\.conf:1\)\. Costs: /);
  expect(snippet).toContain('# nginx.conf:1 descriptors-below-slots\nworker_rlimit_nofile 1024;');
});

it('shows the worst findings and the number of the others', async () => {
  const { lines, footnotes } = await auditReport(evidence(bad(40)));
  expect(lines).toHaveLength(20);
  expect(lines[0]).toMatch(/^critical: /);
  expect(footnotes[0]).toMatch(/^2\d more, none graver/);
});

it('says why there is nothing to judge, and the remedy', async () => {
  const { lead, snippet } = await auditReport(evidence(null));
  expect([lead, snippet]).toEqual([
    'The configuration could not be read: nginx -T needs root.',
    'sudo gapwatch doctor',
  ]);
});
