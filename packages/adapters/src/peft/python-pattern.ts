// Regular expressions of Python, as PEFT's configs hold them, as ones of JavaScript: the same names match, or the pattern
// is refused. The two differ in a few spellings, and in some that JavaScript reads as something else in silence.

/** What is written differently, or read differently; anything else both read alike or JavaScript refuses. */
const spellings =
  /\\(?<escaped>[A-Za-z])|(?<named>\(\?P<)|\(\?P=(?<reference>\w+)\)|\{,(?<most>\d+)\}|(?<set>\[\^?\])|\\.|\[(?:\\.|[^\]\\])*\]/gs;

const sameEscapes = 'bBdDfnrsStvwW';
const changedEscapes: Readonly<Record<string, string>> = { A: '^', Z: '$(?!\\n)', z: '$(?!\\n)' };

/** Matches as Python's re.match(f"(.*\\.)?({pattern})$", name) does; null for a pattern that can't be translated. */
export function pythonPattern(pattern: string): RegExp | null {
  let isKnown = true;
  const translated = pattern.replaceAll(spellings, (whole, ...rest) => {
    const { escaped, named, reference, most, set } = rest.at(-1) as Record<string, string | undefined>;
    if (named !== undefined) return '(?<';
    if (reference !== undefined) return `\\k<${reference}>`;
    if (most !== undefined) return `{0,${most}}`;
    if (escaped !== undefined && sameEscapes.includes(escaped)) return whole;
    if (escaped !== undefined && changedEscapes[escaped] !== undefined) return changedEscapes[escaped];
    if (escaped !== undefined || set !== undefined) isKnown = false; // \N, []…], which mean other things there
    return whole;
  });
  if (!isKnown) return null;
  try {
    return new RegExp(`^(.*\\.)?(${translated})$`, 's');
  } catch {
    return null; // inline flags, possessive and atomic groups, conditions
  }
}
