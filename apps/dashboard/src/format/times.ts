// Times and lengths of time as people read them. What time it is, is api/clock.ts's.

/** Seconds: 0.42 s, 38 s, 4 min 5 s, 2 h 10 min, 3 d 4 h. */
export function span(seconds: number): string {
  if (seconds < 0) return '0 s';
  if (seconds < 9.95) return `${Number(seconds.toFixed(seconds < 1 ? 2 : 1))} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const [large, small, unit, lesser] =
    whole < 3600 ? [60, 1, 'min', 's'] : whole < 86_400 ? [3600, 60, 'h', 'min'] : [86_400, 3600, 'd', 'h'];
  const rest = Math.floor((whole % Number(large)) / Number(small));
  return `${Math.floor(whole / Number(large))} ${unit}${rest === 0 ? '' : ` ${rest} ${lesser}`}`;
}

/** "just now", "4 min ago", "in 3 h". One unit only: it is read at a glance. */
export function ago(at: number, now: number): string {
  const seconds = Math.round((now - at) / 1000);
  const size = Math.abs(seconds);
  if (size < 5) return 'just now';
  const text =
    size < 60
      ? `${size} s`
      : size < 3600
        ? `${Math.floor(size / 60)} min`
        : size < 86_400
          ? `${Math.floor(size / 3600)} h`
          : `${Math.floor(size / 86_400)} d`;
  return seconds > 0 ? `${text} ago` : `in ${text}`;
}

const dayAndTime = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

/** In the browser's time zone: 29 Nov 2026, 17:52:41. */
export const moment = (at: string) => dayAndTime.format(new Date(at));
