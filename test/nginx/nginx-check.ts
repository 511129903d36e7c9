/** Checks a configuration with the real nginx (`nginx -t`), in a separate folder. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NGINX } from '../support/private-nginx.ts';

export interface Verdict {
  readonly valid: boolean;
  /** The first `[emerg]`, without its ` in FILE:LINE`; null when valid. */
  readonly message: string | null;
  readonly line: number | null;
}

export class NginxCheck {
  readonly folder = mkdtempSync(join(tmpdir(), 'gapwatch-conf-'));

  constructor() {
    mkdirSync(join(this.folder, 'logs'));
  }

  async test(config: string): Promise<Verdict> {
    const file = join(this.folder, 'nginx.conf');
    writeFileSync(file, config);
    const args = ['-t', '-q', '-p', this.folder, '-c', file, '-e', 'logs/early.log', '-g', 'pid logs/nginx.pid;'];
    const stderr = await new Promise<string>((resolve, reject) => {
      execFile(NGINX, args, { encoding: 'latin1' }, (error, _stdout, text) => {
        if (error !== null && typeof error.code !== 'number') reject(error);
        else resolve(error === null ? '' : Buffer.from(text, 'latin1').toString('utf8'));
      });
    });
    const [, message = stderr, line] = /\[emerg\] (.*?)(?: in [^\n]*:(\d+))?\n(?:nginx: |$)/s.exec(stderr) ?? [];
    return { valid: stderr === '', message: stderr === '' ? null : message, line: line ? Number(line) : null };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
