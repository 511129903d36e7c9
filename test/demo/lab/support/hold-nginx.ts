/** Starts a lab nginx, says which processes and folder it has, and does nothing more until it is killed. */
import { findNginxBinary } from '../../../../src/demo/lab/nginx-binary.ts';
import { NginxProcess } from '../../../../src/demo/lab/nginx-process.ts';

const nginx = await NginxProcess.create(await findNginxBinary(process.env.PATH ?? ''));
nginx.writeConfig({ workerConnections: 64, server: '' });
await nginx.start();
// As `cli/main.ts` does: a signal ends the process in order, so that exit handlers run.
process.once('SIGTERM', () => process.exit(0));
process.stdout.write(JSON.stringify({ pids: [nginx.masterPid, ...nginx.childPids], prefix: nginx.prefix }));
setInterval(() => undefined, 60_000);
