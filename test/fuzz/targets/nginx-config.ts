import fc from 'fast-check';
import { NO_HOST, type Rule } from '../../../src/audit/rule.ts';
import { runRules } from '../../../src/audit/run-rules.ts';
import { reportText } from '../../../src/cli/report-text.ts';
import type { Settings } from '../../../src/core/settings.ts';
import { createTokenizer } from '../../../src/nginx/config-tokens.ts';
import { allNodes, type ConfigNode, parseDump, parseFragment } from '../../../src/nginx/config-tree.ts';
import { configWord } from '../../../src/nginx/config-word.ts';
import { createNames } from '../../../src/nginx/plain-name.ts';
import { printedConfig } from '../../../src/nginx/printed-config.ts';
import { statusEndpoint } from '../../../src/probe/status-endpoint.ts';
import { loadRules } from '../../../src/service/load-rules.ts';
import { auditReport } from '../../../src/service/reports/audit-report.ts';
import { readConfigText } from '../../../src/service/reports/audited-config.ts';
import { reportMessage } from '../../../src/slack/blocks/report.ts';
import { evidence } from '../../diagnose/support/evidence-builder.ts';
import { judgeBlocks } from '../../slack/support/judge-blocks.ts';
import { configs } from '../corpora.ts';
import { assert, assertNoControls, shown } from '../invariants.ts';
import { mutated } from '../mutations.ts';
import { judgePage } from '../page.ts';
import { defineTarget } from '../target.ts';
import { TOKENS } from '../tokens.ts';

const DIRECTIVES = [
  'worker_processes auto;',
  'worker_connections 99999999999999999999;',
  'events {',
  'http {',
  'server {',
  'upstream a {',
  'server 10.0.0.1:80 max_fails=0;',
  'server unix:/run/a.sock;',
  'keepalive 32;',
  'location / {',
  'location ~ (((a+)+)+)$ {',
  'proxy_pass http://a;',
  'proxy_pass http://$host$request_uri;',
  'listen 80 reuseport backlog=-1;',
  'listen [::]:443 ssl http2;',
  'listen unix:/run/x.sock proxy_protocol;',
  'server_name "a\r\nX: y";',
  'stub_status;',
  'allow 127.0.0.1; deny all;',
  'log_format x escape=json "$remote_addr\n";',
  'access_log /var/log/a.log x buffer=1m gzip;',
  'error_log syslog:server=unix:/run/s,tag=a debug;',
  'limit_req_zone $binary_remote_addr zone=a:1m rate=1r/s;',
  'limit_req zone=a;',
  'set_real_ip_from 10.0.0.0/8; real_ip_header X-Forwarded-For;',
  'keepalive_timeout 1y2M3w4d5h6m7s8ms;',
  'open_file_cache max=Infinity;',
  'resolver 127.0.0.1 valid=1s;',
  'content_by_lua_block { local a = [==[ } ]==] }',
  'if ($a) {',
  'map $http_upgrade $connection_upgrade { default upgrade; "" close; }',
  'include /etc/nginx/b.conf;',
  'include *.conf;',
  'include nginx.conf;',
  '}',
  '}',
  '}',
  '\n# configuration file /etc/nginx/b.conf:\n',
  '\n# configuration file /etc/nginx/nginx.conf:\n',
];

/** Directives in any order, and words that are none. */
const drawn = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...DIRECTIVES) },
      { weight: 1, arbitrary: fc.constantFrom(...TOKENS) },
    ),
    {
      maxLength: 40,
    },
  )
  .map((parts) => parts.join(' '));
const text = fc.oneof(drawn, mutated(configs(), { tokens: [...TOKENS, ...DIRECTIVES] }));

interface Input {
  readonly text: string;
  readonly version: string | null;
}

let rules: readonly Rule[] = [];

/** What cannot be worked out is null, never NaN, and no number leaves the range in which it can be counted. */
function assertFinite(value: unknown, path: string): void {
  if (typeof value === 'number') assert(Number.isFinite(value), `${path} is ${value}`);
  else if (typeof value === 'object' && value !== null)
    for (const [key, part] of Object.entries(value)) assertFinite(part, `${path}.${key}`);
}

function assertLines(nodes: readonly ConfigNode[], lines: number): void {
  for (const { name, line } of allNodes(nodes))
    assert(line >= 1 && line <= lines, `${shown(name)} is in line ${line} of ${lines}`);
}

/** What is asked of a status page is one request, whatever the names in the configuration are. */
function assertOneRequest({ statusPages }: Settings): void {
  for (const { url, hostHeader } of statusPages) {
    const endpoint = statusEndpoint(url, hostHeader, null);
    if (endpoint === null) continue;
    const isOne = /^GET [^\s]+ HTTP\/1\.1\r\nHost: [^\r\n]+\r\nUser-Agent: gapwatch\r\n$/.test(endpoint.halfRequest);
    assert(isOne, `the request is ${shown(endpoint.halfRequest)}`);
  }
}

/** What is printed is a configuration again, with the same directives and no control characters. */
function assertPrinted(config: string): void {
  const tree = parseDump(config);
  const printed = printedConfig(tree, createNames());
  // What was too long, too deep or too much stays so.
  const { problems } = parseFragment(printed, '/printed');
  const isTooDeep = problems.some(({ message }) => message.includes('too deep'));
  const problem = isTooDeep ? undefined : problems.find(({ message }) => message.startsWith('unexpected'));
  assert(problem === undefined, `what is printed has a problem: ${JSON.stringify(problem)}`);
  assertNoControls(printed, 'the printed configuration');
  for (const { args } of allNodes(tree.nodes).slice(0, 50)) for (const arg of args) assertReadAgain(arg);
}

/** A word is read as the word it was written for. */
function assertReadAgain(word: string): void {
  const { words, end } = createTokenizer(`${configWord(word)};`, () => {}).next();
  // nginx has no way to write a backslash before some letters.
  if (word.includes('\\')) return;
  assert(
    end === ';' && words.length === 1 && words[0]?.text === word,
    `${shown(word)} is read as ${JSON.stringify(words)}`,
  );
}

export const target = defineTarget<Input>({
  about: 'nginx configuration → tree → settings → audit, status request, printed excerpt, message',
  inputs: fc.record({
    text,
    version: fc.constantFrom(null, '1.22.1', '1.29.0', '1.0', 'openresty/1.25.3.2', '__proto__'),
  }),
  ofText: (words) => ({ text: `http { server { ${words}`, version: null }),
  async prepare() {
    rules = await loadRules();
  },
  async check({ text: config, version }) {
    const { settings, problems } = readConfigText({ text: config }, { version });
    const lines = config.split('\n').length;
    assertLines(parseDump(config).nodes, lines);
    for (const { line } of problems) assert(line >= 1 && line <= lines, `a problem is in line ${line} of ${lines}`);
    assertFinite(settings, 'settings');
    assertOneRequest(settings);
    assertPrinted(config);
    assertFinite(runRules(rules, settings, NO_HOST), 'findings');
    const report = await auditReport(evidence(settings).build());
    judgeBlocks({ ...reportMessage(report), surface: 'message' });
    judgePage(reportMessage(report));
    assertNoControls(reportText(report), 'the printed report');
  },
});
