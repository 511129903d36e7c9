/** A forgotten `;`, as nginx sees it and as we do. */
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { parseDump, parseFragment } from '../../src/nginx/config-tree.ts';
import { missingSemicolons } from '../../src/nginx/missing-semicolons.ts';
import { NginxCheck } from './nginx-check.ts';

const check = new NginxCheck();
afterAll(() => check.remove());

const WHOLE = `worker_processes 1;
worker_rlimit_nofile 64;
events { worker_connections 64; multi_accept off; }
http {
  keepalive_requests 9;
  server {
    listen 127.0.0.1:18077;
    location / {
      proxy_read_timeout 9s;
      proxy_pass http://127.0.0.1:1;
    }
  }
}
`;
/** Every `;` of the file that does not stand before a `}`: without those the tokenizer complains by itself. */
const SEMICOLONS = [...WHOLE.matchAll(/;(?!\s*\})/g)].map(({ index }) => index);

it.each(SEMICOLONS.map((at) => [WHOLE.slice(0, at).split('\n').at(-1)?.trim(), at] as const))(
  'is missed behind %s, where nginx refuses the file too',
  async (_directive, at) => {
    const text = WHOLE.slice(0, at) + WHOLE.slice(at + 1);
    const found = missingSemicolons(parseFragment(text));
    expect((await check.test(text)).valid).toBe(false);
    expect(found.map(({ line }) => line)).toEqual([WHOLE.slice(0, at).split('\n').length]);
  },
);

it('is missed nowhere in a configuration that nginx takes', async () => {
  expect((await check.test(WHOLE)).valid).toBe(true);
  const fixtures = resolve(import.meta.dirname, 'fixtures');
  const texts = [WHOLE, ...readdirSync(fixtures).map((name) => readFileSync(resolve(fixtures, name), 'utf8'))];
  expect(texts.flatMap((text) => missingSemicolons(parseDump(text)))).toEqual([]);
});
