// Tags that name spans of words (`B-…` begins one, `I-…` goes on, anything else is outside), and how many of the spans
// are right.

/**
 * Micro-averaged over all spans, as CoNLL-2003's evaluation counts them: a span is right if both ends and its name
 * are. Null where neither side has any.
 */
export function spanF1(
  right: readonly (readonly string[])[],
  given: readonly (readonly string[])[],
): number | null {
  let common = 0;
  let all = 0;
  right.forEach((tags, index) => {
    const wanted = new Set(spansOf(tags));
    const found = spansOf(given[index]!);
    all += wanted.size + found.length;
    common += found.filter((span) => wanted.has(span)).length;
  });
  return all === 0 ? null : (2 * common) / all;
}

/** `from-to-name` of every span. An `I-` after another name, or after none, begins a span, as in CoNLL's evaluation. */
function spansOf(tags: readonly string[]): string[] {
  const spans: string[] = [];
  let from = 0;
  let name: string | null = null;
  const close = (to: number) => {
    if (name !== null) spans.push(`${from}-${to}-${name}`);
    name = null;
  };
  tags.forEach((tag, index) => {
    const [, kind, own] = /^([BI])-(.+)$/.exec(tag) ?? [];
    if (own === undefined || kind === 'B' || own !== name) close(index);
    if (own === undefined || name !== null) return;
    from = index;
    name = own;
  });
  close(tags.length);
  return spans;
}
