import { expect, it } from 'vitest';
import { parseStubStatus } from '../../src/nginx/stub-status.ts';

const PAGE =
  'Active connections: 291 \nserver accepts handled requests\n 16630948 16630946 31070465 \nReading: 6 Writing: 179 Waiting: 106 \n';

it('reads the page as nginx writes it', () => {
  expect(parseStubStatus(PAGE)).toEqual({
    active: 291,
    accepts: 16630948,
    handled: 16630946,
    requests: 31070465,
    reading: 6,
    writing: 179,
    waiting: 106,
  });
});

it('reads a page that somebody noted on one line', () => {
  expect(parseStubStatus(PAGE.replaceAll('\n', ' '))).toEqual(parseStubStatus(PAGE));
  expect(parseStubStatus(PAGE.replaceAll('\n', '\r\n'))).toEqual(parseStubStatus(PAGE));
});

it('reads the page of Tengine, which adds the request time', () => {
  expect(
    parseStubStatus(PAGE.replace('requests\n', 'requests request_time\n').replace('31070465', '31070465 42'))?.requests,
  ).toBe(31070465);
});

it.each(['', '<html>403 Forbidden</html>', PAGE.slice(0, -9), PAGE.replace('291', 'x'), `${PAGE}more`])(
  'refuses %j',
  (text) => {
    expect(parseStubStatus(text)).toBeNull();
  },
);
