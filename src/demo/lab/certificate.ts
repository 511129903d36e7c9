import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Creates a certificate for `lab.test` in `folder` with the `openssl` command. It is valid for a day. */
export async function selfSignedCertificate(folder: string): Promise<{ certFile: string; keyFile: string }> {
  const [certFile, keyFile] = [join(folder, 'lab.crt'), join(folder, 'lab.key')];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyFile];
  await promisify(execFile)('openssl', [
    'req',
    '-x509',
    ...key,
    '-out',
    certFile,
    '-days',
    '1',
    '-subj',
    '/CN=lab.test',
  ]);
  return { certFile, keyFile };
}
