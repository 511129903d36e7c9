/** Starts a lab nginx, prints its processes and folder, and waits until it is killed. */
import { findNginxBinary } from '../../../../src/demo/lab/nginx-binary.ts';
import { NginxProcess } from '../../../../src/demo/lab/nginx-process.ts';

const nginx = await NginxProcess.create(await findNginxBinary(process.env.PATH ?? ''));
nginx.writeConfig({ workerConnections: 64, server: '' });
await nginx.start();
// As in `cli/main.ts`: a signal ends the process in order, so that exit handlers run.
process.once('SIGTERM', () => process.exit(0));
process.stdout.write(JSON.stringify({ pids: [nginx.masterPid, ...nginx.childPids], prefix: nginx.prefix }));
setInterval(() => undefined, 60_000);
