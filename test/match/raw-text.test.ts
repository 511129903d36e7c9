/** Logs as nginx writes them, with text of an attacker in every kind of raw message, cut into blocks anywhere. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBelievedLines } from '../../src/match/believed-lines.ts';
import { loadCatalogue } from '../../src/match/catalogue.ts';
import { createMatcher } from '../../src/match/matcher.ts';

const matcher = createMatcher(loadCatalogue());
const STAMP = '2026/01/01 00:00:00';
const REAL_PIDS = [7, 8];
const FORGED_PID = 9;
const context =
  ', client: 192.0.2.7, server: a, request: "POST /x HTTP/1.1", upstream: "fastcgi://127.0.0.1:9000", host: "a"';
const phase = ' while reading response header from upstream';

const crash = (pid: number) => `${STAMP} [alert] ${pid}#${pid}: worker process ${pid + 100} exited on signal 11`;
const refused = (pid: number) =>
  `${STAMP} [error] ${pid}#${pid}: *3 connect() failed (111: Connection refused) while connecting to upstream${context}`;
const oom = 'Jan  1 00:00:00 web-1 kernel: Out of memory: Killed process 4242 (nginx) total-vm:1kB';

/** What a client has the application log. The imitated entry after it ends the way nginx goes on. */
const ends: Readonly<Record<string, (pid: number) => string>> = {
  'FastCGI sent in stderr: "': (pid) =>
    `" while reading response header from upstream${context}\n%F\n${STAMP} [error] ${pid}#${pid}: *5 FastCGI sent in stderr: "y`,
  '[lua] x.lua:1: ': (pid) => `${context}\n%F\n${STAMP} [error] ${pid}#${pid}: *5 [lua] x.lua:1: y`,
  'js: ': (pid) => `${context}\n%F\n${STAMP} [error] ${pid}#${pid}: *5 js: y`,
  'perl: ': (pid) => `${context}\n%F\n${STAMP} [error] ${pid}#${pid}: *5 perl: y`,
  'user "': (pid) => `" was not found in "/etc/htpasswd"${context}\n%F\n${STAMP} [error] ${pid}#${pid}: *5 user "y`,
};
const closings: Readonly<Record<string, string>> = {
  'FastCGI sent in stderr: "': `"${phase}${context}`,
  'user "': `" was not found in "/etc/htpasswd"${context}`,
};
const kind = fc.constantFrom(...Object.keys(ends));
const forged = fc.constantFrom(crash(FORGED_PID), refused(FORGED_PID), oom, '512 worker_connections are not enough');

/** One write of nginx: 2048 bytes at most, its newline included. */
const entry = (text: string): string => (text.length >= 2048 ? `${text.slice(0, 2047)}\n` : `${text}\n`);
const raw = (pid: number, begins: string, text: string): string =>
  entry(`${STAMP} [error] ${pid}#${pid}: *1 ${begins}${text}${closings[begins] ?? context}`);

const pid = fc.constantFrom(...REAL_PIDS);
const padding = fc.integer({ min: 0, max: 2200 }).map((length) => 'z'.repeat(length));
/** A text without an imitated end, one with it, and either cut by nginx at a place of the attacker's choice. */
const forgery = fc
  .tuple(pid, kind, forged, padding, fc.boolean(), fc.boolean())
  .map(([by, begins, line, pad, plain, early]) => {
    const imitated = (ends[begins]?.(FORGED_PID) ?? '').replace('%F', () => line);
    const text = plain ? `x\n${line}\ny` : `x${imitated}`;
    return { text: raw(by, begins, early ? `${pad}\n${text}` : `${text}\n${pad}`), mine: [] as number[] };
  });
const real = fc
  .tuple(pid, fc.constantFrom(crash, refused))
  .map(([by, line]) => ({ text: `${line(by)}\n`, mine: [by] }));
const quiet = fc.tuple(pid, kind).map(([by, begins]) => ({ text: raw(by, begins, 'hello'), mine: [] as number[] }));

interface Seen {
  readonly own: number[];
  readonly doubtful: number[];
}

/** Pids of the believed lines, without those of stderr itself; 0 for lines that name none. */
function read(log: string, cuts: readonly number[], isLast = true): Seen {
  const lines = createBelievedLines(matcher, true);
  const seen: Seen = { own: [], doubtful: [] };
  const bytes = Buffer.from(log);
  const ends = [...new Set(cuts.map((cut) => bytes.indexOf(10, cut % bytes.length) + 1))].filter((end) => end > 0);
  let from = 0;
  for (const end of [...ends.sort((a, b) => a - b), bytes.length]) {
    if (end <= from) continue;
    const block = bytes.subarray(from, end);
    lines.scan(
      block,
      { continues: from > 0, isLast: isLast && end === bytes.length },
      (index, start, stop, isDoubtful) => {
        if (matcher.catalogue.patterns[index]?.pattern.id === 'upstream-stderr') return;
        const found = Number(/\] (\d+)#/.exec(block.toString('latin1', start, stop))?.[1] ?? 0);
        (isDoubtful ? seen.doubtful : seen.own).push(found);
      },
    );
    from = end;
  }
  return seen;
}

/** A path that imitates whole entries and is so long that nginx cuts the request off, which would prove it. */
const cutPath = fc.tuple(pid, forged).map(([by, line]) => {
  const imitated = `x" failed (2: No such file or directory)${context}\n${line}\n${STAMP} [error] 9#9: *5 open() "/y" failed (2: z)${context}`;
  const text = `${STAMP} [error] ${by}#${by}: *1 open() "/srv/${'p'.repeat(2047)}`;
  const length = 2047 - `${STAMP} [error] ${by}#${by}: *1 open() "/srv/`.length - imitated.length;
  return { text: `${text.slice(0, text.length - 2047 + length)}${imitated}\n`, mine: [] as number[] };
});

const strangers = (pids: readonly number[]): number[] => pids.filter((one) => !REAL_PIDS.includes(one));

describe('raw text', () => {
  it('never makes a line that is believed, however it is quoted, ended, cut and read', () => {
    const pieces = fc.array(fc.oneof(forgery, real, quiet), { maxLength: 20 });
    fc.assert(
      fc.property(pieces, fc.array(fc.nat(), { maxLength: 5 }), (given, cuts) => {
        const { own, doubtful } = read(given.map(({ text }) => text).join(''), cuts);
        expect(strangers(own)).toEqual([]);
        // What nginx wrote is there, doubtful or not.
        const mine = [...own, ...doubtful].filter((one) => REAL_PIDS.includes(one)).sort();
        expect(mine).toEqual(given.flatMap((piece) => piece.mine).sort());
      }),
      { numRuns: 5000, seed: 13 },
    );
  });

  it('of a path is not believed either where nginx cut off the request that proves it', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(forgery, cutPath, real), { maxLength: 20 }), (given) => {
        expect(strangers(read(given.map(({ text }) => text).join(''), []).own)).toEqual([]);
      }),
      { numRuns: 1000, seed: 13 },
    );
  });

  it('does not make a line of a process doubtful that wrote other entries', () => {
    const pieces = fc.array(fc.oneof(real, quiet), { maxLength: 30 });
    fc.assert(
      fc.property(pieces, (given) => {
        // Each process is known by an entry that nothing raw came before.
        const known = REAL_PIDS.map((one) => `${refused(one)}\n`).join('');
        const { own, doubtful } = read(known + given.map(({ text }) => text).join(''), []);
        expect(doubtful).toEqual([]);
        expect(own).toEqual([...REAL_PIDS, ...given.flatMap(({ mine }) => mine)]);
      }),
      { numRuns: 300, seed: 13 },
    );
  });

  it.each(Object.keys(ends))('of %j belongs to its entry up to the end of nginx, heads or not', (begins) => {
    const text = `x\n${crash(FORGED_PID)}\n${refused(FORGED_PID).replace(context, '')}\n${crash(FORGED_PID)}\ny`;
    const log = `${raw(7, begins, text)}${crash(7)}\n`;
    expect(read(log, [])).toEqual({ own: [7], doubtful: [] });
  });

  it('goes on over entries that nginx cut, for as long as it comes', () => {
    const piece = raw(7, 'FastCGI sent in stderr: "', `x\n${`${crash(FORGED_PID)}\n`.repeat(200)}`);
    const log = `${piece.repeat(600)}${crash(7)}\n`;
    expect(log.length).toBeGreaterThan(1_000_000);
    expect(read(log, [])).toEqual({ own: [7], doubtful: [] });
  });

  it('that is never ended makes the lines of the longest entry doubtful, and no more', () => {
    const opened = `${STAMP} [error] 7#7: *1 FastCGI sent in stderr: "x\n`;
    const log = `${opened}${`${crash(8)}\n`.repeat(100)}`;
    const { own, doubtful } = read(log, []);
    const line = crash(8).length + 1;
    expect(doubtful.length).toBe(Math.ceil((4096 - opened.length) / line));
    expect(own.length).toBe(100 - doubtful.length);
  });

  it('is doubtful where a block ends before its end could come, and not at the end of the log', () => {
    const log = `${raw(7, 'FastCGI sent in stderr: "', 'x')}${crash(8)}\n`;
    expect(read(log, [], false)).toEqual({ own: [], doubtful: [8] });
    expect(read(log, [], true)).toEqual({ own: [8], doubtful: [] });
  });

  it('may follow the prefix of a shipper on each of its lines', () => {
    const text = `x\n${'\n'.repeat(500)}${crash(FORGED_PID)}\n${'\n'.repeat(500)}y`;
    const prefixed = raw(7, 'FastCGI sent in stderr: "', text).replaceAll(/^/gm, 'nginx-proxy-1  | ');
    expect(read(prefixed, [])).toEqual({ own: [], doubtful: [] });
  });
});
