/** `fetch` for every call to Slack, with a size and a time limit for each answer. A stop aborts all running calls. */

export interface SlackFetch {
  readonly fetch: typeof fetch;
  /** Aborts running calls and refuses new ones. */
  end(): void;
}

/** A page of 200 messages with blocks and metadata takes a few MB. */
const MOST_BYTES = 16 * 1024 * 1024;
/** The SDK limits its calls, but not answers to a response URL. */
const MOST_MS = 10_000;
/** Statuses without a body, for which `Response` throws. */
const BODILESS = new Set([204, 205, 304]);

async function readAll(response: Response): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += part.length;
    if (size > MOST_BYTES) throw new Error(`Slack's answer is larger than ${MOST_BYTES} bytes`);
    parts.push(part);
  }
  return new Uint8Array(Buffer.concat(parts));
}

export function createSlackFetch(): SlackFetch {
  const calls = new Set<AbortController>();
  let ended = false;
  return {
    async fetch(url, init) {
      if (ended) throw new Error('gapwatch is stopping');
      const call = new AbortController();
      const asked = init?.signal ?? AbortSignal.timeout(MOST_MS);
      const giveUp = (): void => call.abort(asked.reason);
      // Not AbortSignal.any: the long-lived signal would keep a reference to every call.
      asked.addEventListener('abort', giveUp, { once: true });
      calls.add(call);
      try {
        const response = await fetch(url, { redirect: 'error', ...init, signal: call.signal });
        const bytes = await readAll(response);
        const { status, statusText, headers } = response;
        return new Response(BODILESS.has(status) ? null : bytes, { status, statusText, headers });
      } finally {
        asked.removeEventListener('abort', giveUp);
        calls.delete(call);
      }
    },
    end() {
      ended = true;
      for (const call of calls) call.abort(new Error('gapwatch is stopping'));
    },
  };
}
