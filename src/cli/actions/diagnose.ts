/** `gapwatch diagnose [--for 20s]`: observes the host for that time and prints the diagnosis. */
import { diagnosisExit, diagnosisText } from '../diagnosis-text.ts';
import type { Io } from '../io.ts';
import { look, parseDurationMs } from '../look.ts';

export interface DiagnoseOptions {
  readonly for: string;
  readonly config?: string;
  readonly json?: boolean;
}

export async function diagnoseAction(options: DiagnoseOptions, io: Io): Promise<void> {
  const { diagnosis } = await look(options.config, parseDurationMs(options.for), io);
  io.stdout.write(options.json === true ? `${JSON.stringify(diagnosis)}\n` : diagnosisText(diagnosis));
  io.exit(diagnosisExit(diagnosis));
}
