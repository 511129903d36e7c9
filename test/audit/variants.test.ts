/** Covers branches that the fixtures do not reach: one configuration, one host, one sentence. */
import { expect, it } from 'vitest';
import { type Finding, type HostFacts, NO_HOST } from '../../src/audit/rule.ts';
import { runRules } from '../../src/audit/run-rules.ts';
import { loadRules } from '../../src/service/load-rules.ts';
import { settingsIn, systemOf } from './fixture.ts';

const rules = await loadRules();

function findings(rule: string, text: string, host: Partial<HostFacts> = {}): Finding[] {
  const facts = { ...NO_HOST, ...host };
  const only = rules.filter(({ id }) => id === rule);
  return runRules(only, settingsIn(text, facts), facts);
}

const server = (body: string, main = ''): string => `${main}\nevents { worker_connections 1024; }\nhttp {\n${body}\n}`;
const proxied = (http = ''): string =>
  server(`${http}\nserver { listen 80; location / { proxy_pass http://127.0.0.1:3000; } }`);

const container = { kind: 'container', name: 'docker', fileLimit: null } as const;
const unit = { kind: 'systemd', name: 'nginx.service', fileLimit: null } as const;

const cases: readonly [what: string, rule: string, config: string, host: Partial<HostFacts>, says: RegExp][] = [
  [
    'a limit that is not set',
    'descriptors-below-slots',
    server(''),
    {},
    /info .*2048 descriptors.*often 1024.*worker_rlimit_nofile 2048;/s,
  ],
  [
    'a limit one short of two descriptors a slot',
    'descriptors-below-slots',
    server(''),
    { workerSoftFiles: 2047, masterHardFiles: 4096 },
    /warning .*1024 connection slots but may open 2047 files/,
  ],
  [
    'a limit one short of one descriptor a slot',
    'descriptors-below-slots',
    server(''),
    { workerSoftFiles: 1023, masterHardFiles: 4096 },
    /critical .*may open 1023 files/,
  ],
  [
    'a container’s limit',
    'descriptors-below-slots',
    server(''),
    { workerSoftFiles: 1024, masterHardFiles: 1024, supervisor: container },
    /warning .*--ulimit nofile=2048:2048/s,
  ],
  [
    'a unit without LimitNOFILE',
    'descriptors-below-slots',
    server(''),
    { workerSoftFiles: 1024, masterHardFiles: 1024, supervisor: unit },
    /systemctl edit nginx\.service\n# \[Service\]\n# LimitNOFILE=2048/,
  ],
  [
    'a soft limit that nginx may raise by itself',
    'descriptors-below-slots',
    server(''),
    { workerSoftFiles: 1024, masterHardFiles: 524_288, supervisor: unit },
    /worker_rlimit_nofile 2048;$/,
  ],
  [
    'a limit that waits for a reload',
    'descriptors-below-slots',
    server('', 'worker_rlimit_nofile 65535;'),
    { workerSoftFiles: 1024, masterHardFiles: 524_288 },
    /not in force yet, it takes a reload/,
  ],
  [
    'more workers than CPUs a cpuset leaves',
    'workers-not-cpus',
    server('', 'worker_processes 16;'),
    { system: systemOf({ cpus: 2 }) },
    /info .*16 workers share 2 CPUs/s,
  ],
  ['one worker by default', 'workers-not-cpus', server(''), {}, /info .*worker_processes is not set/s],
  [
    'a default queue on an old kernel',
    'backlog-against-somaxconn',
    server('server { listen 80; }'),
    { system: systemOf({ somaxconn: 128 }) },
    /warning .*511 \(the default\).*cuts it to 128/s,
  ],
  [
    'an explicit queue for a local proxy',
    'backlog-against-somaxconn',
    server('server { listen 127.0.0.1:80 backlog=8192; listen 127.0.0.1:81; }'),
    { system: systemOf({ somaxconn: 128 }) },
    /warning 127\.0\.0\.1:80 asks for a queue of 8192, the kernel cuts it to 128/,
  ],
  [
    'a default queue and no known rate',
    'backlog-against-somaxconn',
    server('server { listen 80; }'),
    { system: systemOf({ somaxconn: 4096 }) },
    /info .*backlog is not set.*listen 80 backlog=4096;/s,
  ],
  [
    'ports that one connection a request uses up',
    'upstream-keepalive-ineffective',
    server('upstream a { server 10.0.0.2:80; }\nserver { listen 80; location / { proxy_pass http://a; } }'),
    { requestsPerSecond: 300, system: systemOf({ ephemeralPortFirst: 32_768, ephemeralPortLast: 60_999 }) },
    /warning .*18000 ports stay in TIME_WAIT, 64%/s,
  ],
  [
    'a pool that leaves some slots',
    'upstream-keepalive-above-slots',
    server('upstream a { server 10.0.0.2:80; keepalive 600; }'),
    {},
    /warning .*600 of the 1023 slots.*423 slots remain for clients.*keepalive 255;/s,
  ],
  [
    'an upstream timeout and no known rate',
    'read-timeout-fills-slots',
    proxied('proxy_read_timeout 600s;'),
    {},
    /info .*600 s.*fills them at 0\.9 requests a second/s,
  ],
  [
    'the measured sockets of a request',
    'read-timeout-fills-slots',
    proxied(),
    { upstreamPerClient: 3 },
    /255 proxied requests \(4 slots each\)/,
  ],
  [
    'a private address that sends nearly all requests',
    'limit-key-is-proxy',
    server('limit_conn_zone $remote_addr zone=z:1m;\nserver { listen 80; limit_conn z 9; }'),
    { sharedClient: { address: '10.0.0.9', ratio: 0.97 } },
    /97% of the requests come from 10\.0\.0\.9.*set_real_ip_from 10\.0\.0\.9;/s,
  ],
  [
    'a header without a trusted sender',
    'limit-key-is-proxy',
    server(
      'real_ip_header X-Forwarded-For;\nlimit_conn_zone $remote_addr zone=z:1m;\nserver { listen 80; limit_conn z 9; }',
    ),
    {},
    /no sender is trusted/,
  ],
  [
    'inner listeners only',
    'limit-key-is-proxy',
    server('limit_conn_zone $remote_addr zone=z:1m;\nserver { listen 127.0.0.1:80; limit_conn z 9; }'),
    {},
    /only on private addresses \(127\.0\.0\.1:80\)/,
  ],
  [
    'websockets without reloads',
    'shutdown-timeout-missing',
    server(
      'server { listen 80; location / { proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade; proxy_pass http://127.0.0.1:1; } }',
    ),
    {},
    /info .*websockets/s,
  ],
  [
    'reloads without anything that stays',
    'shutdown-timeout-missing',
    proxied(),
    { reloadsPerHour: 9 },
    /info .*9 reloads/s,
  ],
  [
    'a status page that refuses us',
    'stub-status-unreachable',
    server('server { listen 80; location = /s { stub_status; } }'),
    { statusFailure: 'http-error, 404' },
    /did not answer: http-error, 404/,
  ],
  [
    'slots that alone are too much memory',
    'buffers-above-memory',
    'worker_processes 4; events { worker_connections 4000000; } http { server { listen 80; } }',
    { system: systemOf({ memoryTotalBytes: 8 * 1024 ** 3 }) },
    /critical .*for the slots/s,
  ],
  [
    'QUIC without quic_bpf and with reloads',
    'quic-reload',
    server('server { listen 443 quic reuseport; }'),
    { reloadsPerHour: 3 },
    /warning .*quic_bpf is off, and there are 3 reloads an hour/s,
  ],
  [
    'proxied requests that are not logged',
    'access-log-without-upstream-times',
    proxied('access_log off;'),
    {},
    /not logged at all/,
  ],
  [
    'resolve, where nginx has it',
    'name-resolved-once',
    `# version 1.27.3\n${server('resolver 10.0.0.53;\nupstream a { server app.internal:80; }')}`,
    {},
    /zone a 64k;.*server app\.internal:80 resolve;$/s,
  ],
  [
    'a loop through a unix socket',
    'proxy-loop',
    server('server { listen unix:/run/a.sock; location / { proxy_pass http://unix:/run/a.sock; } }'),
    {},
    /critical .*unix:\/run\/a\.sock/s,
  ],
  [
    'a second visit under a longer path',
    'proxy-loop',
    server('server { listen 80; location /a/ { proxy_pass http://127.0.0.1/a/b/; } }'),
    {},
    /warning .*same server block\na request that loops takes two slots/s,
  ],
  [
    'all names of a group, whose balancing stays',
    'name-resolved-once',
    server('resolver 10.0.0.53;\nupstream a { zone a 64k; server b.internal; server c.internal:81; server 10.0.0.1; }'),
    {},
    /info b\.internal, c\.internal are resolved.*\nserver b\.internal resolve; {3}# needs nginx 1\.27\.3 or newer; an older one needs a reload.*\nserver c\.internal:81 resolve;/s,
  ],
  [
    'a name with a path that the variable would keep',
    'name-resolved-once',
    server('server { listen 80; resolver 10.0.0.53; location /b.d/ { proxy_pass https://billing.internal/v1/; } }'),
    {},
    /\nset \$billing_internal billing\.internal;[^\n]*\nrewrite "\^\/b\\\.d\/\(\.\*\)\$" \/v1\/\$1 break;\nproxy_pass https:\/\/\$billing_internal:443;$/,
  ],
  [
    'a PHP server by name',
    'name-resolved-once',
    server('server { listen 80; location ~ \\.php$ { fastcgi_pass php:9000; } }'),
    {},
    /\nresolver 127\.0\.0\.53.*\nset \$php php;.*\nfastcgi_pass \$php:9000;$/s,
  ],
  [
    'a finer level only in http{}',
    'error-log-hides-evidence',
    server('error_log /var/log/nginx/error.log warn;'),
    {},
    /info the main error log has level error \(the default\); the one of http\{\} \(nginx\.conf:4\) does not receive/,
  ],
  [
    'a limit for an address that grows with the slots up to 256',
    'limit-conn-absent',
    'events { worker_connections 65536; } http { server { listen 80; } }',
    {},
    /limit_conn per_address 256;/,
  ],
  [
    'a page beside an application that has the usual port',
    'stub-status-missing',
    server('server { listen 8081; location / { proxy_pass http://127.0.0.1:8080; } }'),
    {},
    /listen 127\.0\.0\.1:8082;/,
  ],
];

it.each(cases)('%s (%s)', (_what, rule, config, host, says) => {
  const found = findings(rule, config, host).map(
    ({ severity, text, cost, remedy }) => `${severity} ${text}\n${cost}\n${remedy}`,
  );
  expect(found).toHaveLength(1);
  expect(found[0]).toMatch(says);
});

const silent: readonly [what: string, rule: string, config: string, host: Partial<HostFacts>][] = [
  [
    'slots that the usual limit covers twice',
    'descriptors-below-slots',
    'events { worker_connections 512; } http { server { listen 80; } }',
    {},
  ],
  ['a cpuset is unknown', 'workers-not-cpus', server('', 'worker_processes auto;'), {}],
  ['auto on two CPUs', 'workers-not-cpus', server('', 'worker_processes auto;'), { system: systemOf({ cpus: 2 }) }],
  [
    'one worker shares no queue',
    'multi-accept-without-reuseport',
    'worker_processes 1; events { multi_accept on; } http { server { listen 80; } }',
    {},
  ],
  [
    'a unix upstream takes no port',
    'upstream-keepalive-ineffective',
    server(
      'upstream a { server unix:/a.sock; keepalive 4; } server { listen 80; location / { proxy_pass http://a; } }',
    ),
    {},
  ],
  [
    'a websocket is never returned to the pool',
    'upstream-keepalive-ineffective',
    server(
      'upstream a { server 10.0.0.2:80; keepalive 4; } server { listen 80; location / { proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade; proxy_pass http://a; } }',
    ),
    {},
  ],
  [
    'a limit that is not used',
    'limit-key-is-proxy',
    server('limit_conn_zone $remote_addr zone=z:1m; server { listen 80 proxy_protocol; }'),
    {},
  ],
  [
    'it comes round under a path of another location',
    'proxy-loop',
    server('server { listen 80; location /a/ { proxy_pass http://127.0.0.1/b/; } }'),
    {},
  ],
  ['traffic is light', 'read-timeout-fills-slots', proxied(), { requestsPerSecond: 5 }],
];

it.each(silent)('%s (%s)', (_what, rule, config, host) => {
  expect(findings(rule, config, host)).toEqual([]);
});

it('sorts by severity, then by place', () => {
  const text = server(
    'upstream a { server 10.0.0.2:80; keepalive 2000; }\nserver { listen 80; location / { proxy_pass http://127.0.0.1:80; } }',
  );
  const all = runRules(rules, settingsIn(text, NO_HOST), NO_HOST);
  const order = ['critical', 'warning', 'info'];
  expect(all.map(({ severity }) => severity)).toEqual(
    [...all].sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity)).map(({ severity }) => severity),
  );
  expect(all.slice(0, 2).map(({ rule, line }) => `${rule} ${line}`)).toEqual([
    'upstream-keepalive-above-slots 4',
    'proxy-loop 5',
  ]);
});
