/** `gapwatch explain` as a process. */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CAUSES } from '../diagnose/support/causes.ts';

const BINARY = resolve(import.meta.dirname, '../../dist/cli/main.js');

function explain(...args: string[]) {
  return spawnSync(process.execPath, [BINARY, 'explain', ...args], { encoding: 'utf8' });
}

describe('gapwatch explain', () => {
  it('prints of a cause what it is, how it looks and differs, what mends it, its demo and the sources', () => {
    const { status, stdout } = explain('slow-upstream');
    expect(status).toBe(0);
    const headings = stdout.split('\n').filter((line, at, all) => all[at - 1] === '' && /^[A-Z][a-z ]+$/.test(line));
    expect(headings).toEqual(['How it looks', 'How it differs', 'How to fix it', 'See it happen', 'Sources']);
    expect(stdout).toContain('  slow-uploads: there the clients are still sending');
    expect(stdout).toContain('  gapwatch demo slow-upstream\n');
    expect(stdout).toContain('  nginx src/http/ngx_http_upstream.c');
  });

  it('offers no demo of a cause that the lab cannot produce', () => {
    expect(explain('system-fd-exhaustion').stdout).not.toContain('gapwatch demo');
  });

  it('lists all causes without an argument', () => {
    const listed = explain().stdout.trimEnd().split('\n');
    expect(listed.map((line) => line.split(' ')[0])).toEqual([...CAUSES.map(({ id }) => id), 'cannot-tell']);
  });

  it('has a page for incidents without a proven cause', () => {
    const { status, stdout } = explain('cannot-tell');
    expect(status).toBe(0);
    expect(stdout).toContain('the evidence proves no cause');
    expect(stdout).toMatch(/How to fix it\n {2}First close the blind spots .*gapwatch bundle --last 15m/);
    expect(stdout).not.toContain('Sources');
  });

  it('names the nearest cause for a misspelt one', () => {
    const { status, stderr } = explain('slow-upsteam');
    expect(status).toBe(64);
    expect(stderr).toContain('Did you mean slow-upstream?');
  });
});
