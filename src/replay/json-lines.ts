/**
 * Extracts log lines from JSON objects of shippers, one object a line: docker, fluentd and fluent-bit, journald,
 * filebeat, Loki, Splunk, Google Cloud. Passes other lines unchanged.
 */

const NEWLINE = 10;
const OPEN = 123;
const MARK = Buffer.from('{"');
/** Keys of the line, the most specific first. */
const LINE_KEYS = ['log', 'MESSAGE', 'message', 'msg', 'line', '_raw', 'textPayload'];
/** Keys of the time with its zone. */
const TIME_KEYS = ['@timestamp', 'time', 'timestamp', 'ts', 'receiveTimestamp'];
/** In microseconds. */
const JOURNAL_TIME = '__REALTIME_TIMESTAMP';
const RFC3339 = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)$/;

function timeIn(object: Record<string, unknown>): string {
  const microseconds = Number(object[JOURNAL_TIME]);
  if (microseconds > 0 && microseconds < 8.64e18) return `${new Date(microseconds / 1000).toISOString()} `;
  const stamp = TIME_KEYS.map((key) => object[key]).find((value) => typeof value === 'string' && RFC3339.test(value));
  return stamp === undefined ? '' : `${String(stamp).replace(' ', 'T')} `;
}

/** The line inside `text` with its time in front; null when `text` is not an object with a line. */
function lineInside(text: string): string | null {
  try {
    const object = JSON.parse(text) as Record<string, unknown>;
    const line = LINE_KEYS.map((key) => object[key]).find((value) => typeof value === 'string');
    return line === undefined
      ? null
      : `${timeIn(object)}${String(line)
          .trim()
          .replace(/\s*\n\s*/g, ' ')}`;
  } catch {
    return null;
  }
}

/** Docker cuts lines at 16 KiB; nginx's lines have at most 2 KiB. */
const MOST_OBJECT_BYTES = 256 * 1024;

/** Files of fluentd have `time TAB tag TAB` before the object. */
function objectAt(block: Buffer, start: number, end: number): number {
  if (block[start] === OPEN) return start;
  const behindTab = block.subarray(start, end).indexOf('\t{"');
  return behindTab < 0 ? -1 : start + behindTab + 1;
}

/** A block of complete lines without the JSON around them; the same block when there is none. */
export function withoutJson(block: Buffer): Buffer {
  if (!block.includes(MARK)) return block;
  const parts: Buffer[] = [];
  let copied = 0;
  for (let start = 0; start < block.length; ) {
    const newline = block.indexOf(NEWLINE, start);
    const end = newline < 0 ? block.length : newline;
    const from = objectAt(block, start, end);
    const line = from < 0 || end - from > MOST_OBJECT_BYTES ? null : lineInside(block.toString('utf8', from, end));
    if (line !== null) {
      parts.push(block.subarray(copied, from), Buffer.from(line));
      copied = end;
    }
    start = end + 1;
  }
  return parts.length === 0 ? block : Buffer.concat([...parts, block.subarray(copied)]);
}
