/** Requests a status page once over a new connection, in the form of a bundle's `stub_status.ndjson`. */
import { connect } from 'node:net';

export type StatusAnswer =
  | { readonly text: string }
  | { readonly failed: 'reset' | 'refused' | 'connect-timeout' | 'read-timeout' | 'http-500' };

export function statusProbe(url: string, timeoutMs: number): Promise<StatusAnswer> {
  const { hostname, port, pathname } = new URL(url);
  return new Promise((resolve) => {
    let connected = false;
    let answer = '';
    const socket = connect({ host: hostname, port: Number(port) });
    const end = (answer: StatusAnswer) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => end({ failed: connected ? 'read-timeout' : 'connect-timeout' }), timeoutMs);
    socket.on('connect', () => {
      connected = true;
      socket.write(`GET ${pathname} HTTP/1.1\r\nHost: lab.test\r\nConnection: close\r\n\r\n`);
    });
    socket.on('data', (bytes) => {
      answer += bytes.toString('latin1');
    });
    socket.on('error', (error: NodeJS.ErrnoException) =>
      end({ failed: error.code === 'ECONNREFUSED' ? 'refused' : 'reset' }),
    );
    socket.on('close', () => end(read(answer)));
  });
}

function read(answer: string): StatusAnswer {
  const body = answer.indexOf('\r\n\r\n');
  if (body < 0) return { failed: 'reset' };
  return answer.startsWith('HTTP/1.1 200') ? { text: answer.slice(body + 4) } : { failed: 'http-500' };
}
