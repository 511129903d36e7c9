/** The child process of drawing.ts: draws each picture that it receives, answers, and exits with its parent. */
import type { Drawing, Drawn } from './drawing.ts';

async function draw(drawing: Drawing): Promise<Drawn> {
  let chart: typeof import('../../digest/chart.ts');
  try {
    chart = await import('../../digest/chart.ts');
  } catch (error) {
    return { missing: (error as Error).message };
  }
  try {
    return {
      png: drawing.kind === 'digest' ? chart.digestChart(drawing.picture) : chart.incidentChart(drawing.picture),
    };
  } catch (error) {
    return { failed: (error as Error).message };
  }
}

process.once('disconnect', () => process.exit());
process.once('message', async (drawing: Drawing) => process.send?.(await draw(drawing)));
