/** Formats Slack's dates (`{date_short} at {time}`) in the time zone of this machine. */

const DAY_MS = 86_400_000;

/** Cached, because creating a format takes longer than all the dates of a screen. */
const formats = new Map<string, Intl.DateTimeFormat>();

function format(at: Date, options: Intl.DateTimeFormatOptions): string {
  const key = JSON.stringify(options);
  const found = formats.get(key) ?? new Intl.DateTimeFormat('en-US', options);
  formats.set(key, found);
  return found.format(at);
}

function startOfDay(at: Date): number {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime();
}

/** `Today`, `Yesterday`, `Tomorrow`, or the date as given. */
function pretty(at: Date, now: Date, otherwise: string): string {
  const days = Math.round((startOfDay(at) - startOfDay(now)) / DAY_MS);
  if (days === 0) return 'Today';
  if (days === -1) return 'Yesterday';
  return days === 1 ? 'Tomorrow' : otherwise;
}

function ago(at: Date, now: Date): string {
  const minutes = Math.round((now.getTime() - at.getTime()) / 60_000);
  if (Math.abs(minutes) < 1) return 'just now';
  const words =
    Math.abs(minutes) < 120 ? `${Math.abs(minutes)} minutes` : `${Math.round(Math.abs(minutes) / 60)} hours`;
  return minutes > 0 ? `${words} ago` : `in ${words}`;
}

export function clockTime(at: Date, seconds = false): string {
  return format(at, { hour: 'numeric', minute: '2-digit', ...(seconds ? { second: '2-digit' } : {}) });
}

/** `Today`, `Yesterday`, or `Friday, November 20th` without the ordinal. */
export function dayName(at: Date, now: Date): string {
  return pretty(at, now, format(at, { weekday: 'long', month: 'long', day: 'numeric' }));
}

/** Fills the tokens of a Slack date format. Unknown tokens stay unchanged. */
export function formatSlackDate(timestampSeconds: number, pattern: string, now: Date): string {
  const at = new Date(timestampSeconds * 1000);
  const short = format(at, { month: 'short', day: 'numeric', year: 'numeric' });
  const plain = format(at, { month: 'long', day: 'numeric', year: 'numeric' });
  const long = format(at, { weekday: 'long', month: 'long', day: 'numeric', year: 'numeric' });
  const tokens: Readonly<Record<string, string>> = {
    date_num: at.toISOString().slice(0, 10),
    date: plain,
    date_short: short,
    date_long: long,
    date_pretty: pretty(at, now, plain),
    date_short_pretty: pretty(at, now, short),
    date_long_pretty: pretty(at, now, long),
    day_divider_pretty: dayName(at, now),
    time: clockTime(at),
    time_secs: clockTime(at, true),
    ago: ago(at, now),
  };
  return pattern.replace(/\{(\w+)\}/g, (whole, name: string) => tokens[name] ?? whole);
}
