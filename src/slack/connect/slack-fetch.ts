/**
 * `fetch` for every call to Slack: an answer has a size and a time limit, and calls under way end with the service, so
 * that a Slack that hangs or never stops talking neither holds the process nor fills its memory.
 */

export interface SlackFetch {
  readonly fetch: typeof fetch;
  /** Ends the calls under way and refuses new ones. */
  end(): void;
}

/** A page of 200 messages with their blocks and metadata has a few MB. */
const MOST_BYTES = 16 * 1024 * 1024;
/** The SDK limits its calls; answers to a response URL have no limit of their own. */
const MOST_MS = 10_000;
/** Statuses whose answer has no body: `Response` refuses one. */
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
      // Not AbortSignal.any: the signal that outlives the call would keep every one of them.
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
