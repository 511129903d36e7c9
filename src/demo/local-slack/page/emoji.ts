/** Emoji that an operations bot uses. Others stay `:name:`, as in Slack. */

const EMOJI: Readonly<Record<string, string>> = {
  warning: '⚠️',
  rotating_light: '🚨',
  white_check_mark: '✅',
  heavy_check_mark: '✔️',
  x: '❌',
  bell: '🔔',
  no_bell: '🔕',
  fire: '🔥',
  eyes: '👀',
  mag: '🔍',
  bulb: '💡',
  chart_with_upwards_trend: '📈',
  bar_chart: '📊',
  hourglass: '⌛',
  hourglass_flowing_sand: '⏳',
  information_source: 'ℹ️',
  question: '❓',
  red_circle: '🔴',
  large_orange_circle: '🟠',
  large_yellow_circle: '🟡',
  large_green_circle: '🟢',
  white_circle: '⚪',
  wrench: '🔧',
  mute: '🔇',
  zzz: '💤',
  thumbsup: '👍',
  tada: '🎉',
  wave: '👋',
};

export function emojiOf(name: string): string | undefined {
  return EMOJI[name];
}

export function withEmoji(text: string): string {
  return text.replace(/:([a-z0-9_+-]+):/g, (whole, name: string) => EMOJI[name] ?? whole);
}
