import { expect, it } from 'vitest';
import { chooseStatusPage } from '../../src/discovery/status-page.ts';
import { parseConfig } from '../../src/nginx/config-tree.ts';
import { deriveSettings } from '../../src/nginx/effective.ts';

function choose(text: string) {
  const reader = { read: () => ({ text }), glob: () => ({ files: [], compared: 0 }) };
  const { nodes } = parseConfig('/n.conf', reader);
  const settings = deriveSettings({ nodes }, { origin: 'files', version: '1.22.1', cpus: 2, prefix: '/' });
  const where = { settings, nodes, configFile: '/n.conf', hasModule: true, root: '', ownNetwork: false };
  return chooseStatusPage(where, undefined);
}

it('a page behind a regular expression is there, but its address has to be named', () => {
  const { status, notObservable } = choose('http { server { listen 81;\nlocation ~ ^/st(atus)?$ { stub_status; } } }');
  expect(status).toBeNull();
  expect(notObservable).toEqual([
    {
      what: 'stub_status',
      because: expect.stringContaining('(/n.conf:2): a regular expression'),
      remedy: 'name its address as nginx.stubStatusUrl in gapwatch.yml',
    },
  ]);
});

it('a page with a separate path is taken', () => {
  const { status } = choose('http { server { listen 127.0.0.1:81; location = /s { stub_status; } } }');
  expect(status?.url).toBe('http://127.0.0.1:81/s');
});
