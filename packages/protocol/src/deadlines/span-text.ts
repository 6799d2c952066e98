// A length of time as people read it, in every sentence of every command and page that tells one.

/** "40 s", "3 min", "1.5 h", "3 days". Seconds; less than one is told as one. */
export function spanText(seconds: number): string {
  if (seconds < 59.5) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = minutes / 60;
  return hours < 48 ? `${hours.toFixed(1)} h` : `${Math.round(hours / 24)} days`;
}
