/** All quick checks over one evidence: the one code path of `gapwatch status` and `/nginx-status`. */
import type { Evidence } from '../core/evidence.ts';
import { redactAll } from '../core/redact.ts';
import { CHECK_IDS, type CheckId, type CheckResult } from '../core/report.ts';
import type { Check } from './answer.ts';
import { checkBacklog } from './checks/backlog.ts';
import { checkClients } from './checks/clients.ts';
import { checkConfig } from './checks/config.ts';
import { checkFds } from './checks/fds.ts';
import { checkGap } from './checks/gap.ts';
import { checkKernel } from './checks/kernel.ts';
import { checkLog } from './checks/log.ts';
import { checkPorts } from './checks/ports.ts';
import { checkReloads } from './checks/reloads.ts';
import { checkSlots } from './checks/slots.ts';
import { checkSockets } from './checks/sockets.ts';
import { checkStates } from './checks/states.ts';
import { checkSystem } from './checks/system.ts';
import { checkUpstreams } from './checks/upstreams.ts';
import { checkWorkers } from './checks/workers.ts';
import type { CheckThresholds } from './thresholds.ts';

const CHECKS: Readonly<Record<CheckId, Check>> = {
  slots: checkSlots,
  gap: checkGap,
  states: checkStates,
  workers: checkWorkers,
  fds: checkFds,
  backlog: checkBacklog,
  kernel: checkKernel,
  config: checkConfig,
  sockets: checkSockets,
  ports: checkPorts,
  upstreams: checkUpstreams,
  clients: checkClients,
  log: checkLog,
  reloads: checkReloads,
  system: checkSystem,
};

/** The results of `ids`, or of all, in the order of the contract; `worstFirst` of answer.ts sorts them. */
export function runChecks(
  evidence: Evidence,
  thresholds: CheckThresholds,
  ids: readonly CheckId[] = CHECK_IDS,
): CheckResult[] {
  return ids.map((id) => redactAll(CHECKS[id](evidence, thresholds), 'keep'));
}
