/**
 * Colours, fonts and sizes of the pictures. The colours are those of Okabe & Ito (2008), which work for all common
 * kinds of colour blindness. The background is white, also in Slack's dark theme.
 */

export const INK = '#1d1c1d';
export const MUTED = '#5f5e60';
export const GRID = '#e6e6e8';
export const GROUND = '#ffffff';
export const BLUE = '#0072b2';
export const ORANGE = '#e69f00';
export const VERMILION = '#d55e00';

/** Hottest worker first. */
export const WORKER_COLOURS = [BLUE, ORANGE, '#009e73', '#cc79a7', '#56b4e9'] as const;
export const FONT = 'Inter';
export const WIDTH = 760;
export const HEIGHT = 400;

/** Width of a character of the bold font as a share of its size, with a margin. */
export const BOLD_WIDTH = 0.52;
/** Minimum font size of a headline. */
const SMALLEST = 12;

/** The text style for echarts. */
export const text = (fontSize: number, color: string = MUTED, fontWeight: 'normal' | 'bold' = 'normal') => ({
  fontFamily: FONT,
  fontSize,
  color,
  fontWeight,
});

/**
 * A headline of at most `width` px. A long one, from a long host name, gets a smaller font and is cut only after that.
 * Echarts does not know the font and would cut it at the wrong place.
 */
export function headline(words: string, width: number, largest: number) {
  const most = Math.floor(width / (SMALLEST * BOLD_WIDTH));
  const fitting = Math.floor(width / (words.length * BOLD_WIDTH));
  return {
    text: words.length > most ? `${words.slice(0, most - 1)}…` : words,
    left: 16,
    top: 12,
    textStyle: text(Math.max(SMALLEST, Math.min(largest, fitting)), INK, 'bold'),
  };
}
