// Two texts beside each other in columns, or below each other where the screen is too narrow. Only layout.

const gap = '  │  ';
const leastColumn = 30;

/** Lines to print. */
export function sideBySide(
  [leftTitle, left]: readonly [title: string, text: string],
  [rightTitle, right]: readonly [title: string, text: string],
  columns: number,
): string[] {
  const width = Math.floor((columns - gap.length) / 2);
  if (width < leastColumn) {
    return [`${leftTitle}:`, ...left.split('\n'), '', `${rightTitle}:`, ...right.split('\n')];
  }
  const [one, other] = [wrap(left, width), wrap(right, width)];
  const rows = Array.from({ length: Math.max(one.length, other.length) }, (_, row) =>
    `${(one[row] ?? '').padEnd(width)}${gap}${other[row] ?? ''}`.trimEnd(),
  );
  const line = '─'.repeat(width);
  return [`${leftTitle.padEnd(width)}${gap}${rightTitle}`, `${line}──┼──${line}`, ...rows];
}

/** At spaces where there are any, within a word where there is none; the text's own lines stay apart. */
export function wrap(text: string, width: number): string[] {
  return text.split('\n').flatMap((line) => {
    const rows: string[] = [];
    let rest = line;
    while (rest.length > width) {
      const space = rest.lastIndexOf(' ', width);
      const end = space > 0 ? space : width;
      rows.push(rest.slice(0, end));
      rest = rest.slice(space > 0 ? end + 1 : end);
    }
    return [...rows, rest];
  });
}
