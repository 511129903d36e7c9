/**
 * `fetch` for `apps.connections.open`. After the start, turns refusals into temporary errors, which the SDK retries,
 * slowly when they are final: a refusal would otherwise end the process through an unhandled rejection. Reports them to
 * `health()`.
 */

const FINAL = new Set([
  'not_authed',
  'invalid_auth',
  'account_inactive',
  'user_removed_from_team',
  'team_disabled',
  'token_revoked',
]);
const FINAL_WAIT_MS = 60_000;

export interface PatientFetch {
  readonly fetch: typeof fetch;
  /** From now on refusals are retried. */
  beConnected(): void;
  /** From now on calls neither start nor answer, because the process ends. */
  end(): void;
}

export function createPatientFetch(onRefusal: (error: string) => void, call: typeof fetch = fetch): PatientFetch {
  let connected = false;
  let ended = false;
  const never = (): Promise<Response> => new Promise(() => {});
  return {
    beConnected: () => {
      connected = true;
    },
    end: () => {
      ended = true;
    },
    async fetch(url, init) {
      if (ended) return never();
      const response = await call(url, init);
      if (!connected || response.status !== 200) return response;
      const answer = (await response
        .clone()
        .json()
        .catch(() => null)) as { ok?: boolean; error?: string } | null;
      if (answer?.ok !== false) return response;
      const error = answer.error ?? 'unknown_error';
      onRefusal(error);
      if (FINAL.has(error)) {
        await new Promise<void>((resolve) => {
          setTimeout(resolve, FINAL_WAIT_MS).unref();
        });
      }
      return new Response('', { status: 503 });
    },
  };
}
