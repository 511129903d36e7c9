/**
 * nginx cannot resolve the name of an upstream at run time: the resolver is silent, refuses, or does not know the name.
 */

import type { Fix } from '../../core/diagnosis.ts';
import type { Evidence } from '../../core/evidence.ts';
import { plural } from '../../core/format.ts';
import { quoted } from '../../core/shell.ts';
import type { Findings } from '../../findings/findings.ts';
import { commonest } from '../../findings/log.ts';
import { configWord } from '../../nginx/config-word.ts';
import { type Cause, confirmed, type Judgement } from '../cause.ts';
import { upstreamStory } from '../upstream-story.ts';
import { fix } from '../words.ts';

/** Codes of nginx's resolver, not errnos (ngx_resolver.h). */
const REASONS: Readonly<Record<string, string>> = {
  2: 'the resolver reports a server failure',
  3: 'the resolver does not know the name',
  110: 'the resolver does not answer',
};

function fixes(evidence: Evidence, resolver: string | undefined, name: string | null): Fix[] {
  const setting = evidence.settings?.resolver ?? evidence.settings?.resolvers?.[0] ?? null;
  const address = resolver ?? setting?.value[0] ?? '127.0.0.53';
  return [
    fix({
      title: 'Query the resolver yourself',
      snippet: `dig ${quoted(`@${address.replace(/:\d+$/, '')}`)} ${quoted(name ?? 'NAME')}`,
      effect: 'distinguishes a dead resolver from an unknown name',
      risk: 'none',
    }),
    fix({
      title: 'Configure two resolvers and cache answers',
      directive: 'resolver',
      from: setting?.value.join(' ') ?? null,
      to: `${address} SECOND valid=30s`,
      place: setting?.place ?? null,
      snippet: `resolver ${configWord(address)} SECOND valid=30s;\nresolver_timeout 3s;`,
      effect:
        'one dead resolver no longer stops requests; a reload also frees a UDP socket pinned to an endpoint that is gone',
      risk: 'answers may be up to 30 s old',
    }),
  ];
}

function judge(evidence: Evidence, findings: Findings): Judgement {
  const story = upstreamStory(evidence, findings, 'resolve-failed');
  if (story === null) return null;
  const { lines } = story;
  const name = commonest(lines, 'name')?.value ?? null;
  const { resolver, errno } = lines.newest.captures;
  const missing = lines.newest.pattern === 'resolver-missing';
  const why = missing
    ? 'no resolver is configured'
    : (REASONS[errno ?? ''] ??
      (resolver === undefined ? 'the name cannot be resolved' : `the resolver ${resolver} cannot be reached`));
  return confirmed({
    confidence: 'certain',
    severity: story.severity,
    losing: story.losing,
    since: lines.firstAt,
    failed: story.failed,
    summary: `${name ?? 'An upstream name'} cannot be resolved: ${why}; ${plural(lines.recent, 'failure')} lately, ${story.cost}.`,
    evidenceFor: story.evidence,
    fixes: fixes(evidence, resolver, name),
    doNot: [
      'Do not only restart: a name written in proxy_pass without a variable is resolved once, at start, and keeps its address.',
    ],
    nextChecks: ['upstreams', 'log', 'config'],
  });
}

export const cause: Cause = {
  id: 'upstream-dns',
  kind: 'cause',
  title: 'Upstream name cannot be resolved',
  means: 'nginx resolves names with its own resolver; when that fails the request has no upstream address.',
  looksLike:
    '"app.internal could not be resolved (110: Operation timed out)", "send() failed (111: …) while resolving, resolver: …", "no resolver defined"; 502 after resolver_timeout.',
  fix: 'Make the resolver answer: query it yourself, configure two of them, correct the name, and reload when a container’s resolver has a new address.',
  differsFrom: [{ cause: 'upstream-unreachable', how: 'there the address is known but cannot be reached' }],
  references: ['nginx src/core/ngx_resolver.c', 'nginx docs: ngx_http_core_module, resolver'],
  reads: ['resolve-failed', 'access', 'settings'],
  consequences: ['upstream-ejected'],
  precedence: 77,
  judge,
};
