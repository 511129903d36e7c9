/** `gapwatch doctor`: what gapwatch can and cannot see on this host, and the exact line that would mend each. */
import type { Command } from 'commander';
import { crossCheck } from '../../discovery/cross-check.ts';
import { systemHost } from '../../discovery/host.ts';
import { crossCheckItem, examine } from '../../service/reports/doctor.ts';
import { doctorExtras } from '../../service/reports/doctor-extras.ts';
import { examineStore } from '../../store/examine.ts';
import { EXIT, type Io } from '../io.ts';
import { look } from '../look.ts';
import { slackItems } from '../slack-items.ts';

export function register(program: Command, io: Io): void {
  program
    .command('doctor')
    .option('-c, --config <file>', 'config file; without one everything is discovered from the running nginx')
    .option(
      '--run-nginx',
      'also run nginx -T, which makes an empty pid file and folders, and compare it with what was read',
    )
    .option('--json', 'print JSON')
    .description('say what can and cannot be seen on this host, and what would mend it')
    .action(async (options: { config?: string; json?: boolean; runNginx?: boolean }) => {
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
    });
}
