/** Colours, type and sizes of the pictures. Okabe & Ito's colours (2008), told apart by all common kinds of colour blindness, on a white ground of their own, so that Slack's dark theme changes nothing. */

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

export const text = (fontSize: number, color: string = MUTED, fontWeight: 'normal' | 'bold' = 'normal') => ({
  fontFamily: FONT,
  fontSize,
  color,
  fontWeight,
});
