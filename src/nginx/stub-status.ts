/** Parses the text of a stub_status page (ngx_http_stub_status_module.c). */
import type { StubStatusCounters } from '../core/samples/stub-status.ts';

// Tengine adds `request_time` after `requests` and a fourth number below. A copied page may be on one line.
const PAGE =
  /^\s*Active connections:\s*(\d+)\s+server accepts handled requests(?: request_time)?\s+(\d+)\s+(\d+)\s+(\d+)(?:\s+\d+)?\s+Reading:\s*(\d+)\s+Writing:\s*(\d+)\s+Waiting:\s*(\d+)\s*$/;

/** The counters, or null when the text is anything else than a whole status page. */
export function parseStubStatus(text: string): StubStatusCounters | null {
  const numbers = PAGE.exec(text)?.slice(1).map(Number);
  if (numbers === undefined) return null;
  const [active = 0, accepts = 0, handled = 0, requests = 0, reading = 0, writing = 0, waiting = 0] = numbers;
  return { active, accepts, handled, requests, reading, writing, waiting };
}
