import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBelievedLines } from '../../src/match/believed-lines.ts';
import { loadCatalogue } from '../../src/match/catalogue.ts';
import { createMatcher } from '../../src/match/matcher.ts';

const matcher = createMatcher(loadCatalogue());
const HEAD = '2026/01/01 00:00:00 [error] 7#7: *1';
const REAL_PID = 7;
const FORGED_PID = 9;
const context = (request: string) => `, client: 192.0.2.7, server: a, request: "GET ${request} HTTP/1.1", host: "a"`;
const encoded = (path: string) => encodeURI(path).replaceAll('%5B', '[').replaceAll('#', '%23');

/** What nginx writes at once: cut at 2048 bytes. */
const entry = (text: string) => (text.length >= 2048 ? `${text.slice(0, 2047)}\n` : `${text}\n`);
const notFound = (path: string) =>
  entry(`${HEAD} open() "/srv${path}" failed (2: No such file or directory)${context(encoded(path))}`);
const full = (pid: number) => `2026/01/01 00:00:00 [alert] ${pid}#${pid}: 512 worker_connections are not enough`;
const refused = (pid: number) =>
  `2026/01/01 00:00:00 [error] ${pid}#${pid}: *3 connect() failed (111: Connection refused) while connecting to upstream, client: 192.0.2.9, server: a, request: "GET / HTTP/1.1", upstream: "http://10.0.0.5:80/", host: "a"`;
const closing =
  '" failed (2: No such file or directory), client: 192.0.2.8, server: a, request: "GET /x HTTP/1.1", host: "a"';

const forgedLine = fc.constantFrom(full(FORGED_PID), refused(FORGED_PID));
const forgedLines = fc.array(forgedLine, { minLength: 1, maxLength: 3 }).map((lines) => lines.join('\n'));

/** Each kind of entry, with how many lines of it nginx itself meant as they match. */
const forgery = fc.oneof(
  forgedLines.map((lines) => notFound(`/\n${lines}\nx`)),
  forgedLines.map((lines) => notFound(`/a"b\n${lines}\n`)),
  forgedLines.map((lines) => notFound(`/a"\n${lines}\n`)),
  forgedLine.map((line) => notFound(`/${closing}\n${line}\n`)),
  forgedLine.map((line) => notFound(`/\n${line}\n${'y'.repeat(2100)}`)),
);
/** nginx's own line, which a pattern knows, and forged ones after it. */
const stderr = forgedLines.map((lines) =>
  entry(
    `${HEAD} FastCGI sent in stderr: "PHP message: hello\n${lines}\nbye" while reading response header from upstream${context('/')}`,
  ),
);
const real = fc.oneof(
  fc.constantFrom(full(REAL_PID), refused(REAL_PID)).map((line) => `${line}\n`),
  fc.constant(`${refused(REAL_PID).replace('/ HTTP', '/a"b HTTP')}\n`),
);
const other = fc.oneof(
  fc.constantFrom(notFound('/x'), notFound('/x\ny'), notFound('/\n"'), notFound('/a"b')),
  // Cut short by nginx, and by somebody on the way.
  fc.constant(entry(`${HEAD} open() "/srv/${'x'.repeat(2100)}" failed`)),
  fc.constant(`${HEAD} directory index of "/srv/" is forbidden, client: 192.0.2.7, server: _\n`),
);
const piece = fc.oneof(
  forgery.map((text) => ({ text, mine: 0 })),
  fc.oneof(real, stderr).map((text) => ({ text, mine: 1 })),
  other.map((text) => ({ text, mine: 0 })),
);

/** The pids of the believed lines of a log that comes in these blocks. */
function believed(...blocks: readonly string[]): number[] {
  const lines = createBelievedLines(matcher);
  const pids: number[] = [];
  for (const [index, block] of blocks.entries()) {
    const bytes = Buffer.from(block);
    lines.scan(bytes, { continues: index > 0 }, (_, start, end) => {
      pids.push(Number(/\] (\d+)#/.exec(bytes.toString('latin1', start, end))?.[1]));
    });
  }
  return pids;
}

describe('believed lines', () => {
  it('are all that nginx wrote and none that clients wrote through it', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const pids = believed(pieces.map(({ text }) => text).join(''));
        expect(pids).toEqual(pieces.flatMap(({ mine }) => (mine === 1 ? [REAL_PID] : [])));
      }),
      { numRuns: 500, seed: 5 },
    );
  });

  it('are no forged ones either where the entry began in the block before', () => {
    const log = notFound(`/\n${full(FORGED_PID)}\n${refused(FORGED_PID)}\nx`);
    const opened = log.indexOf('\n') + 1;
    expect(believed(log.slice(0, opened), `${log.slice(opened)}${full(REAL_PID)}\n`)).toEqual([REAL_PID]);
    expect(believed(notFound('/x'), log.slice(0, opened), log.slice(opened))).toEqual([]);
  });

  it('are no forged ones either where small blocks follow a large one', () => {
    const opened = `${`${notFound('/x')}\n`.repeat(20)}${HEAD} open() "/\n`;
    const forged = `${full(FORGED_PID)}\nx" failed (2: No such file or directory)${context('/')}\n`;
    expect(believed(opened, 'a path\n', forged, `${full(REAL_PID)}\n`)).toEqual([REAL_PID]);
  });

  it('stay believed after a line that somebody cut, and when they are wrapped', () => {
    const cut = `${HEAD} open() "/srv/very/lo`;
    expect(believed(`${cut}\n${full(REAL_PID)}\n${notFound('/x')}`)).toEqual([REAL_PID]);
    const wrapped = refused(REAL_PID).replace(' HTTP/1.1"', '\nHTTP/1.1"');
    expect(believed(`${wrapped}\n${wrapped}\n${full(REAL_PID)}\n`)).toEqual([REAL_PID, REAL_PID, REAL_PID]);
  });

  it('begin anew with each log', () => {
    const lines = createBelievedLines(matcher);
    const seen: number[] = [];
    const scan = (text: string, continues: boolean) =>
      lines.scan(Buffer.from(text), { continues }, (_, start) => seen.push(start));
    const opened = `${HEAD} open() "/srv/\n`;
    scan(opened, false);
    scan(`${full(REAL_PID)}\n`, false);
    expect(seen).toEqual([0]);
    scan(opened, false);
    scan(`${full(FORGED_PID)}\nx" failed (2: No such file or directory)${context('/')}\n`, true);
    expect(seen).toEqual([0]);
  });
});
