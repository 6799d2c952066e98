// A command's help in the columns of a terminal. The library that lays it out wraps descriptions alone: what stands below
// them (paragraphs, lists of variables, long rows of commands) is wrapped here. Examples stay as they are, to be copied.
import { textWidth, wrapText } from '../terminal/fit-text.ts';

/** Fewer columns than this for the text of a row are not read well: such a row hangs under its first word. */
const leastRoom = 24;

export function fitHelp(text: string, columns: number): string {
  return paragraphsOf(text.split('\n'))
    .flatMap((line) => fitLine(line, columns))
    .join('\n');
}

/** Lines of prose that follow each other are one paragraph. */
function paragraphsOf(lines: readonly string[]): string[] {
  const whole: string[] = [];
  for (const line of lines) {
    const last = whole.at(-1);
    const goesOn = last !== undefined && isProse(last) && !last.endsWith(':') && isProse(line);
    if (goesOn) whole.splice(-1, 1, `${last} ${line}`);
    else whole.push(line);
  }
  return whole;
}

const isProse = (line: string) => /^\S/.test(line);

function fitLine(line: string, columns: number): string[] {
  if (/^ *\$ /.test(line) || textWidth(line) <= columns) return [line];
  const [name = ''] = /^ +\S.*? {2,}(?=\S)/.exec(line) ?? [];
  const hang = textWidth(name);
  if (hang === 0 || columns - hang < leastRoom) return wrapText(line, columns);
  const parts = wrapText(line.slice(name.length), columns - hang);
  return parts.map((part, index) => `${index === 0 ? name : ' '.repeat(hang)}${part}`);
}
