import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseConfig } from '../../../src/config/load.ts';
import { assert, assertShort, refusalOf } from '../invariants.ts';
import { mutated } from '../mutations.ts';
import { defineTarget } from '../target.ts';
import { TOKENS } from '../tokens.ts';
import { YAML_WORDS } from '../yaml-words.ts';

const README = readFileSync(resolve(import.meta.dirname, '../../../README.md'), 'utf8');
const EXAMPLES = [...README.matchAll(/```ya?ml\n([\s\S]*?)```/g)].map(([, text = '']) => text);
const OWN = `host: web-1
nginx:
  stubStatusUrl: http://127.0.0.1/nginx_status
  errorLogs: [/var/log/nginx/error.log]
  accessLogs: [{ path: /var/log/nginx/access.log, format: '$remote_addr' }]
probes: { intervalMs: 5000, suspiciousIntervalMs: 1000, timeoutMs: 1000 }
slack:
  apiUrl: https://slack.com/api/
  channel: C0123456789
  allow: { channels: [], users: [], userGroups: [] }
digest: { cron: '0 9 * * *', timezone: UTC }
store: { path: ./gapwatch.db, retentionDays: 30 }
thresholds: {}
`;

interface Input {
  readonly text: string;
}

export const target = defineTarget<Input>({
  about: 'gapwatch.yml → configuration, or a refusal in which every line names file and line',
  inputs: mutated([OWN, ...EXAMPLES], { tokens: [...TOKENS, ...YAML_WORDS] }).map((text) => ({ text })),
  ofText: (text) => ({ text: `host: ${text}\n` }),
  check({ text }) {
    const refusal = refusalOf(() => parseConfig(text, 'gapwatch.yml', { HOME: '/root' }));
    if (refusal === null) return;
    assert(refusal.code === 'CONFIG' && refusal.hint !== null, `refused as ${refusal.code}, without a remedy`);
    assert(
      /^gapwatch\.yml:\d+: /.test(refusal.message),
      `the refusal names no place: ${refusal.message.slice(0, 200)}`,
    );
    assertShort(refusal.message, 20_000, 'the refusal');
  },
});
