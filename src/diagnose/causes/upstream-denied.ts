/** The system denies connect() to nginx: SELinux, a firewall owner rule, or the permissions of a unix socket. */

import type { Evidence } from '../../core/evidence.ts';
import { plural } from '../../core/format.ts';
import { quoted } from '../../core/shell.ts';
import type { Findings } from '../../findings/findings.ts';
import { type Cause, confirmed, type Judgement } from '../cause.ts';
import { upstreamStory } from '../upstream-story.ts';
import { fix } from '../words.ts';

function judge(evidence: Evidence, findings: Findings): Judgement {
  const story = upstreamStory(evidence, findings, 'connect-denied');
  if (story === null) return null;
  const unix = story.peer?.startsWith('unix:') === true;
  const path = quoted(unix ? (story.peer?.slice(5) ?? '') : '');
  return confirmed({
    confidence: 'certain',
    severity: story.severity,
    losing: story.losing,
    since: story.lines.firstAt,
    failed: story.failed,
    summary: `nginx may not connect to ${story.name} (permission denied): ${plural(story.lines.recent, 'attempt')} failed lately; ${story.cost}.`,
    evidenceFor: story.evidence,
    fixes: unix
      ? [
          fix({
            title: 'Let the worker’s user write to the socket',
            snippet: `namei -l ${path}; chmod 660 ${path}; chgrp www-data ${path}   # php-fpm: listen.owner, listen.group, listen.mode`,
            effect: 'connect() needs write permission on the socket and search permission on its folders',
            risk: 'none for a dedicated group',
          }),
        ]
      : [
          fix({
            title: 'Allow network connections under SELinux',
            snippet: 'ausearch -m avc -c nginx -ts recent\nsetsebool -P httpd_can_network_connect 1',
            effect: 'the policy lets nginx connect to any port',
            risk: 'wider than one port: `semanage port -a -t http_port_t -p tcp PORT` is narrower',
          }),
        ],
    doNot: ['Do not run the workers as root or set `setenforce 0` to get around it.'],
    nextChecks: ['upstreams', 'log'],
  });
}

export const cause: Cause = {
  id: 'upstream-denied',
  kind: 'cause',
  title: 'Connecting to the upstream is forbidden',
  means: 'The kernel refuses connect() for lack of permission, before a packet is sent.',
  looksLike:
    '"connect() … failed (13: Permission denied) while connecting to upstream" for every request, 502 at once.',
  fix: 'Allow it where it is forbidden: the mode or group of the socket file, SELinux (`setsebool -P httpd_can_network_connect 1`), AppArmor or a firewall rule.',
  differsFrom: [
    { cause: 'upstream-down', how: 'there the address refuses (111); here nginx is not even allowed to try' },
  ],
  references: ['man 2 connect, EACCES and EPERM', 'man 7 unix'],
  reads: ['connect-denied', 'access', 'settings'],
  consequences: ['upstream-ejected'],
  precedence: 79,
  judge,
};
