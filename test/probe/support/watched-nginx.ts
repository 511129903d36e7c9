/** A private nginx and what a probe needs to know to look at it. */
import { findNginxBinary } from '../../../src/demo/lab/nginx-binary.ts';
import type { ConfigPlan } from '../../../src/demo/lab/nginx-config.ts';
import { NginxProcess } from '../../../src/demo/lab/nginx-process.ts';
import { parseDump } from '../../../src/nginx/config-tree.ts';
import { deriveSettings } from '../../../src/nginx/effective.ts';
import type { ProbeTarget } from '../../../src/probe/probe.ts';

export interface WatchedNginx {
  readonly nginx: NginxProcess;
  /** As of now: asks again who the master is. */
  target(): Promise<ProbeTarget & { readonly masterPid: number }>;
}

export async function startWatched(
  plan: ConfigPlan | ((nginx: NginxProcess) => ConfigPlan),
  wrap: readonly string[] = [],
): Promise<WatchedNginx> {
  const nginx = await NginxProcess.create(await findNginxBinary(process.env.PATH ?? ''));
  nginx.writeConfig(typeof plan === 'function' ? plan(nginx) : plan);
  await nginx.start(wrap);
  return {
    nginx,
    async target() {
      const { masterPid } = nginx;
      if (masterPid === null) throw new Error('nginx is down');
      const dump = parseDump(await nginx.dumpConfig());
      const { version } = nginx.binary;
      const settings = deriveSettings(dump, { origin: 'live', version, cpus: 2, prefix: `${nginx.prefix}/` });
      const [page] = settings.statusPages;
      return {
        masterPid,
        settings,
        statusUrl: page?.url ?? nginx.statusUrl,
        statusHostHeader: page?.hostHeader ?? null,
      };
    },
  };
}

/** Every probe gets this long, as by default. */
export function deadline(): AbortSignal {
  return AbortSignal.timeout(1000);
}

/** Asks until `look` answers with something, at most 5 s. */
export async function eventually<T>(look: () => Promise<T | null>): Promise<T> {
  for (const until = Date.now() + 5000; Date.now() < until; await new Promise((resolve) => setTimeout(resolve, 20))) {
    const seen = await look();
    if (seen !== null) return seen;
  }
  throw new Error('it did not happen in 5 s');
}
