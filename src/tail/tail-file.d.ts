/** Types of the used parts of the npm package tail-file 1.4.16, which has none. */
declare module 'tail-file' {
  import type { EventEmitter } from 'node:events';

  export default class Tail extends EventEmitter {
    constructor(
      path: string,
      options: { force?: boolean; startPos?: 'start' | 'end'; encoding?: BufferEncoding; _bufsize?: number },
    );
    start(): void;
    stop(): Promise<boolean>;
  }
}
