// Versions in words: 0, 3 to 7, 12. No more than that.

/** `versions`: ascending, at least one. */
export function spansOf(versions: readonly number[]): string {
  const spans: { from: number; to: number }[] = [];
  for (const version of versions) {
    const last = spans.at(-1);
    if (last?.to === version - 1) last.to = version;
    else spans.push({ from: version, to: version });
  }
  return spans.map(({ from, to }) => (from === to ? `${from}` : `${from} to ${to}`)).join(', ');
}
