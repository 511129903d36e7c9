/** A Web API call without an SDK: the wire carries exactly what the test gives. */
import type { LocalSlack } from '../../../src/demo/local-slack/local-slack.ts';

export interface ApiAnswer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly body: Readonly<Record<string, unknown>> & { readonly ok?: boolean; readonly error?: string };
}

/** `token: null` sends none. */
export async function callApi(
  localSlack: LocalSlack,
  method: string,
  args: object,
  token: string | null = localSlack.botToken,
): Promise<ApiAnswer> {
  const answer = await fetch(`${localSlack.apiUrl}${method}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(args),
  });
  const text = await answer.text();
  const body = text.startsWith('{') ? (JSON.parse(text) as ApiAnswer['body']) : {};
  return { status: answer.status, retryAfter: answer.headers.get('retry-after'), body };
}
