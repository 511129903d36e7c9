/** Runs each rule on a bad configuration and on a good one that is nearly the same. */
import { existsSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseFragment } from '../../src/nginx/config-tree.ts';
import { loadRules } from '../../src/service/load-rules.ts';
import { NginxCheck } from '../nginx/nginx-check.ts';
import { FIXTURES, readFixture } from './fixture.ts';

const rules = await loadRules();
const ids = rules.map(({ id }) => id);
const check = new NginxCheck();
afterAll(() => check.remove());

it.each(ids)('%s has a bad and a good fixture', (id) => {
  expect(['bad.conf', 'good.conf'].filter((file) => !existsSync(resolve(FIXTURES, id, file)))).toEqual([]);
});

it('has no fixture without a rule', () => {
  expect(readdirSync(FIXTURES).filter((folder) => !ids.includes(folder))).toEqual([]);
});

describe.each(rules)('$id', (rule) => {
  const bad = readFixture(rule.id, 'bad');
  const good = readFixture(rule.id, 'good');
  const found = rule.judge(bad.settings, bad.host);

  it('finds what the bad fixture marks, on its lines', () => {
    expect(bad.expected.length).toBeGreaterThan(0);
    const places = found.map(({ place, severity }) => `${place?.line} ${severity}`);
    expect(places.sort()).toEqual([...bad.expected].sort());
  });

  it('finds nothing in the good fixture', () => {
    expect(good.expected).toEqual([]);
    expect(rule.judge(good.settings, good.host)).toEqual([]);
  });

  it('reports problem, cost and remedy', () => {
    for (const { text, cost, remedy } of found) {
      for (const words of [text, cost, remedy])
        expect(words).not.toMatch(/undefined|NaN|Infinity|\bnull\b(?<!\/dev\/null)|\[object/);
      expect(text).toMatch(/\d|stub_status|resolved|listener|error log|access log|status page|Host header|missing/);
      expect(remedy).not.toBe('');
    }
    expect(rule.reference).not.toBe('');
  });

  it('writes remedies that nginx can parse', () => {
    for (const { remedy } of found) {
      if (remedy.startsWith('# /etc/sysctl.d')) continue;
      const { problems, nodes } = parseFragment(`${remedy}\n`);
      expect({ remedy, problems }).toEqual({ remedy, problems: [] });
      expect(nodes.length).toBeGreaterThan(0);
    }
  });

  it.each([
    ['bad', bad],
    ['good', good],
  ])('judges a configuration that nginx takes (%s)', async (_kind, { text, loadable }) => {
    // The installed nginx cannot load newer directives or resolve names, so the parser alone checks those fixtures.
    if (!loadable) return expect(parseFragment(text).problems).toEqual([]);
    // Ports and addresses that an unprivileged process may bind.
    const bindable = text
      .replace(/(listen (?:[\d.]+:)?)(8[01]|443)\b/g, '$118$2')
      .replace('listen 10.0.0.1', 'listen 127.0.0.1');
    expect(await check.test(bindable)).toEqual({ valid: true, message: null, line: null });
  });
});
