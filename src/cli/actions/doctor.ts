/** `gapwatch doctor`: lists what gapwatch can and cannot observe on this host, with the exact line that fixes each. */
import { crossCheck } from '../../discovery/cross-check.ts';
import { systemHost } from '../../discovery/host.ts';
import { crossCheckItem, examine } from '../../service/reports/doctor.ts';
import { doctorExtras } from '../../service/reports/doctor-extras.ts';
import { examineStore } from '../../store/examine.ts';
import { EXIT, type Io } from '../io.ts';
import { look } from '../look.ts';
import { slackItems } from '../slack-items.ts';

export interface DoctorOptions {
  readonly config?: string;
  readonly json?: boolean;
  readonly runNginx?: boolean;
}

export async function doctorAction(options: DoctorOptions, io: Io): Promise<void> {
  const { sight, evidence, config } = await look(options.config, 0, io);
  const items = examine(sight, evidence.notObservable, [
    ...(await doctorExtras(evidence, config)),
    ...examineStore(config.store.path).map((finding) => ({ what: 'store', ...finding })),
    ...(await slackItems(config, io)),
    ...(options.runNginx === true && sight.discovery !== null
      ? [crossCheckItem(await crossCheck(systemHost(), sight.discovery))]
      : []),
  ]);
  const rows = items.map(({ what, ok, detail, remedy }) => {
    const mend = remedy === null ? '' : `\n          ${remedy.replaceAll('\n', '\n          ')}`;
    return `${ok ? 'ok    ' : 'not ok'}    ${what}: ${detail}${mend}`;
  });
  io.stdout.write(options.json === true ? `${JSON.stringify(items)}\n` : `${rows.join('\n')}\n`);
  const found = sight.discovery?.nginx ?? null;
  io.exit(found === null ? EXIT.unknown : items.every(({ ok }) => ok) ? EXIT.ok : EXIT.warning);
}
