/**
 * Draws the pictures as PNG: echarts lays out SVG without a DOM, resvg renders it at twice the size with the shipped
 * font. The only digest file that loads packages; import it only to draw.
 */
import { createRequire } from 'node:module';
import { Resvg } from '@resvg/resvg-js';
import { BarChart, LineChart, ScatterChart } from 'echarts/charts';
import { GridComponent, LegendComponent, MarkLineComponent, TitleComponent } from 'echarts/components';
import { type EChartsCoreOption, init, use } from 'echarts/core';
import { LabelLayout } from 'echarts/features';
import { SVGRenderer } from 'echarts/renderers';
import { digestOption } from './digest-option.ts';
import type { DigestPicture } from './digest-picture.ts';
import { incidentOption } from './incident-option.ts';
import type { IncidentPicture } from './incident-picture.ts';
import { FONT, HEIGHT, WIDTH } from './palette.ts';

use([
  BarChart,
  LineChart,
  ScatterChart,
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  TitleComponent,
  LabelLayout,
  SVGRenderer,
]);

const SCALE = 2;
const { resolve } = createRequire(import.meta.url);
const FONT_FILES = ['400Regular/Inter_400Regular.ttf', '600SemiBold/Inter_600SemiBold.ttf'].map((file) =>
  resolve(`@expo-google-fonts/inter/${file}`),
);

function svgOf(option: EChartsCoreOption, width: number, height: number): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption(option);
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}

function pngOf(svg: string): Uint8Array {
  const font = { fontFiles: FONT_FILES, loadSystemFonts: false, defaultFontFamily: FONT };
  return new Resvg(svg, { font, fitTo: { mode: 'zoom', value: SCALE } }).render().asPng();
}

/** PNG, twice 760 × 400. */
export function digestChart(picture: DigestPicture): Uint8Array {
  return pngOf(svgOf(digestOption(picture), WIDTH, HEIGHT));
}

/** PNG, twice 640 × 320. */
export function incidentChart(picture: IncidentPicture): Uint8Array {
  return pngOf(svgOf(incidentOption(picture), 640, 320));
}
