// Text in the columns of a terminal: how wide it is, cut in the middle so that both ends are seen, or broken into lines. What
// is shown is the callers' affair.

/** Made for the first text that needs one: it takes ten times as long as printing a help. */
let segmenter: Intl.Segmenter | undefined;
function graphemesOf(text: string): string[] {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  return [...segmenter.segment(text)].map(({ segment }) => segment);
}

/** East Asian wide and fullwidth characters and emoji take two columns (Unicode Standard Annex 11, coarsely by blocks). */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6]|[\u{17000}-\u{18dff}\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\ufe0f/u;
const invisible = /[\p{Mn}\p{Me}\p{Cf}\p{Cc}]/gu;

function graphemeWidth(grapheme: string): number {
  if (wide.test(grapheme)) return 2;
  return [...grapheme.replace(invisible, '')].length; // several letters may be one (स्ते)
}

/** Columns that a text takes. */
export function textWidth(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  return graphemesOf(text).reduce((sum, grapheme) => sum + graphemeWidth(grapheme), 0);
}

export function padEnd(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - textWidth(text)));
}

export function padStart(text: string, columns: number): string {
  return ' '.repeat(Math.max(0, columns - textWidth(text))) + text;
}

/** At most `columns` wide: what is too long loses its middle, since beginnings name things and ends say what comes of them. */
export function shorten(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  if (columns < 2) return '…'.slice(0, Math.max(0, columns));
  const graphemes = graphemesOf(text);
  const end = takeFitting([...graphemes].reverse(), Math.floor((columns - 1) / 2)).reverse();
  const start = takeFitting(graphemes, columns - 1 - textWidth(end.join('')));
  return `${start.join('')}…${end.join('')}`;
}

function takeFitting(graphemes: readonly string[], columns: number): string[] {
  let left = columns;
  const end = graphemes.findIndex((grapheme) => {
    left -= graphemeWidth(grapheme);
    return left < 0;
  });
  return graphemes.slice(0, end < 0 ? graphemes.length : end);
}

/** Lines of at most `columns`, broken between words; a longer word is broken where it must. Line breaks stay, and blanks that a line begins with. */
export function wrapText(text: string, columns: number): string[] {
  return text.split('\n').flatMap((line) => {
    const [indent = ''] = /^ */.exec(line) ?? [];
    const room = Math.max(1, columns - indent.length);
    return wrapLine(line.slice(indent.length), room).map((part) => `${indent}${part}`);
  });
}

function wrapLine(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (textWidth(longer) <= columns) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line);
    line = word;
    while (textWidth(line) > columns) {
      const fitting = takeFitting(graphemesOf(line), columns).join('');
      if (fitting === '') break; // one character wider than a line
      lines.push(fitting);
      line = line.slice(fitting.length);
    }
  }
  return [...lines, line];
}
