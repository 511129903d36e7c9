/**
 * Changes that must not change a diagnosis: with less evidence a diagnosis may lose its cause but must not name another
 * one; noise, line ends, marks and prefixes have no effect. Runs on every bundle of `scenarios/`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Diagnosis } from '../../src/core/diagnosis.ts';
import { consequencesOf } from '../../src/diagnose/rank.ts';
import { causes, replayContent } from './recording.ts';

const SCENARIOS = resolve(import.meta.dirname, '../scenarios');
/** Recordings of whole runs would take minutes. */
const SMALL_BYTES = 50_000;

type Texts = Readonly<Record<string, string>>;

interface Bundle {
  readonly id: string;
  readonly files: Texts;
  readonly allowed: readonly string[];
}

function read(id: string): Bundle {
  const names = readdirSync(join(SCENARIOS, id)).filter((name) => name !== 'expected.json');
  const { cause, alsoAllowed } = JSON.parse(readFileSync(join(SCENARIOS, id, 'expected.json'), 'utf8'));
  const files = Object.fromEntries(names.map((name) => [name, readFileSync(join(SCENARIOS, id, name), 'utf8')]));
  return { id, files, allowed: [cause ?? [], alsoAllowed].flat() };
}

const bundles = readdirSync(SCENARIOS).map(read);
const small = bundles.filter(({ files }) => Object.values(files).join('').length < SMALL_BYTES);
const logs = small.filter(({ files }) => (files['error.log'] ?? '') !== '');

const diagnose = async (files: Texts): Promise<Diagnosis> => (await replayContent(files)).diagnosis;
/** A cause may be replaced only by its consequences. */
const lesserNames = ({ cause, alsoPresent }: Diagnosis): readonly (string | null)[] => [
  null,
  cause,
  ...alsoPresent,
  ...consequencesOf(cause ?? '', byId),
];
const byId = new Map(causes.map((cause) => [cause.id, cause]));
const nameOf = ({ cause, verdict }: Diagnosis): string => cause ?? verdict;

const STAMP = /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d/;
const tail = 'client: 203.0.113.77, server: app, request: "GET /x HTTP/1.1", host: "app"';
const NOISE = [
  `[error] 9#9: *900001 open() "/var/www/favicon.ico" failed (2: No such file or directory), ${tail}`,
  '[crit] 9#9: *900002 SSL_do_handshake() failed (SSL: error:14201044:SSL routines:tls_choose_sigalg:internal error) while SSL handshaking, client: 203.0.113.77, server: 0.0.0.0:443',
  `[error] 9#9: *900003 client intended to send too large body: 10485761 bytes, ${tail}`,
  `[warn] 9#9: *900004 an upstream response is buffered to a temporary file /var/cache/nginx/proxy_temp/1/00/0000000001 while reading upstream, ${tail}`,
  `[error] 9#9: *900005 access forbidden by rule, ${tail}`,
  `[info] 9#9: *900006 epoll_wait() reported that client prematurely closed connection, so upstream connection is closed too while sending request to upstream, ${tail}`,
  '[info] 9#9: *900007 client timed out (110: Connection timed out) while waiting for request, client: 203.0.113.77, server: 0.0.0.0:80',
];

const inErrorLog = (files: Texts, change: (lines: string[]) => string[]): Texts => {
  const lines = (files['error.log'] ?? '').replace(/\n$/, '').split('\n');
  return { ...files, 'error.log': `${change(lines).join('\n')}\n` };
};
const withNoise = (lines: string[]): string[] =>
  lines.flatMap((line, i) => {
    const stamp = STAMP.exec(line)?.[0];
    return stamp === undefined ? [line] : [`${stamp} ${NOISE[i % NOISE.length]}`, line];
  });
const isHead = (line: string): boolean => STAMP.test(line);

describe('a bundle without one of its files', () => {
  it.each(small.filter(({ files }) => Object.keys(files).length > 1).map((bundle) => [bundle.id, bundle] as const))(
    '%s: no other cause is named',
    async (_, { files, allowed }) => {
      const names = [...allowed, ...lesserNames(await diagnose(files))];
      for (const left of Object.keys(files)) {
        const rest = Object.fromEntries(Object.entries(files).filter(([name]) => name !== left));
        expect(names, `without ${left}`).toContain((await diagnose(rest)).cause);
      }
    },
    60_000,
  );
});

describe('a reformatted error log', () => {
  it.each(logs.map((bundle) => [bundle.id, bundle] as const))(
    '%s: gives the same diagnosis',
    async (_, { files, allowed }) => {
      const whole = await diagnose(files);
      const plain = nameOf(whole);
      const composed = (lines: string[]) => (lines.every(isHead) ? lines.map((line) => `nginx-1  | ${line}`) : lines);
      const noisy = inErrorLog(files, (lines) => composed(withNoise(lines)));
      const windows = Object.entries(noisy).map(([name, text]) => [name, `\ufeff${text.replaceAll('\n', '\r\n')}`]);
      expect(nameOf(await diagnose(Object.fromEntries(windows))), 'noise, a mark, CR LF and prefixes').toBe(plain);
      const untimed = inErrorLog(files, (lines) => lines.map((line) => line.replace(STAMP, '').trimStart()));
      expect([...allowed, ...lesserNames(whole)], 'without times').toContain((await diagnose(untimed)).cause);
    },
  );
});
