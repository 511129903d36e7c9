/** Clients that send half a request and stay: never idle, so nginx cannot reuse their connections. */
import { connect, type Socket } from 'node:net';

export interface HalfRequests {
  /** Adds that number of requests from now on. */
  hold(count: number, port: number): void;
  /** Closes all. */
  letGo(): void;
}

export function halfRequests(): HalfRequests {
  const held: Socket[] = [];
  return {
    hold(count, port) {
      for (let index = 0; index < count; index++) {
        const socket = connect({ host: '127.0.0.1', port });
        socket.on('error', () => {});
        socket.on('connect', () => socket.write('GET / HTTP/1.1\r\nHost: x\r\n'));
        held.push(socket);
      }
    },
    letGo() {
      for (const socket of held.splice(0)) socket.destroy();
    },
  };
}
