/** One ordinary HTTP request over a new connection, and its outcome, which shows what clients experience. */
import { connect } from 'node:net';

/** `no-answer`: connected, then silence. `unfinished`: the lab stopped first, so it has no meaning. */
export type Outcome =
  | 'ok'
  | 'http-4xx'
  | 'http-5xx'
  | 'reset'
  | 'refused'
  | 'connect-timeout'
  | 'no-answer'
  | 'unfinished';

export interface RequestResult {
  /** ms since the epoch. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly outcome: Outcome;
  /** HTTP status; null without an answer. */
  readonly status: number | null;
}

export interface RequestPlan {
  readonly port: number;
  readonly path: string;
  readonly patienceMs: number;
  /** Source address out of 127.0.0.0/8. */
  readonly from?: string;
  readonly method?: 'GET' | 'POST';
  readonly body?: string;
  readonly headers?: readonly string[];
}

/** Text of the request, `Connection: close`, as an ordinary short-lived client sends it. */
function requestText(plan: RequestPlan): string {
  const lines = [`${plan.method ?? 'GET'} ${plan.path} HTTP/1.1`, 'Host: lab.test', 'User-Agent: lab-client'];
  if (plan.body !== undefined) lines.push(`Content-Length: ${Buffer.byteLength(plan.body)}`);
  return `${[...lines, ...(plan.headers ?? []), 'Connection: close'].join('\r\n')}\r\n\r\n${plan.body ?? ''}`;
}

function outcomeOfStatus(status: number): Outcome {
  if (status >= 500) return 'http-5xx';
  return status >= 400 ? 'http-4xx' : 'ok';
}

/** Status of an answer after its head, and whether it is complete according to Content-Length. */
function readAnswer(answer: string): { status: number; complete: boolean } | null {
  const head = answer.indexOf('\r\n\r\n');
  const status = /^HTTP\/1\.\d (\d{3})/.exec(answer)?.[1];
  if (head < 0 || status === undefined) return null;
  const length = /\r\ncontent-length: (\d+)/i.exec(answer.slice(0, head))?.[1];
  return { status: Number(status), complete: length !== undefined && answer.length - head - 4 >= Number(length) };
}

/** Sends one request and waits for the end of its answer, then leaves closing to nginx. Never rejects. */
export function httpRequest(plan: RequestPlan, signal: AbortSignal): Promise<RequestResult> {
  const startedAt = Date.now();
  if (signal.aborted) return Promise.resolve({ startedAt, endedAt: startedAt, outcome: 'unfinished', status: null });
  return new Promise((resolve) => {
    let connected = false;
    let answer = '';
    const local = plan.from === undefined ? {} : { localAddress: plan.from };
    const socket = connect({ host: '127.0.0.1', port: plan.port, ...local });
    const end = (outcome: Outcome) => {
      resolve({ startedAt, endedAt: Date.now(), outcome, status: readAnswer(answer)?.status ?? null });
    };
    const give = (outcome: Outcome) => {
      end(outcome);
      socket.destroy();
    };
    const abandon = () => give('unfinished');
    const patience = setTimeout(() => give(connected ? 'no-answer' : 'connect-timeout'), plan.patienceMs);
    signal.addEventListener('abort', abandon, { once: true });
    socket.on('connect', () => {
      connected = true;
      socket.write(requestText(plan));
    });
    socket.on('data', (bytes) => {
      answer += bytes.toString('latin1');
      const read = readAnswer(answer);
      if (read?.complete === true) end(outcomeOfStatus(read.status));
    });
    socket.on('error', (error: NodeJS.ErrnoException) => end(error.code === 'ECONNREFUSED' ? 'refused' : 'reset'));
    socket.on('close', () => {
      clearTimeout(patience);
      signal.removeEventListener('abort', abandon);
      const read = readAnswer(answer);
      end(read === null ? 'reset' : outcomeOfStatus(read.status));
    });
  });
}
