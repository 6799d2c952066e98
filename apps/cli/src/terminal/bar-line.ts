// One line of a bar on a terminal: what is named, how far it is, what happens now, in the columns that there are. A narrow
// terminal goes without the bar itself.
import { shorten, textWidth } from './fit-text.ts';
import { harmlessLine } from './harmless-text.ts';

export interface BarLine {
  readonly name: string;
  readonly value: number;
  readonly total: number;
  /** How far, in words: "round 3/8". */
  readonly amount: string;
  readonly what: string;
}

const mostColumns = 20;
/** A bar of fewer says nothing. */
const fewestColumns = 6;
/** Of the terminal; below it the words need the room of the bar. */
const fewColumns = 70;

/** At most `columns` - 1 wide: in its last column some terminals begin a new line. The bar gives way to the words. */
export function barLine({ value, total, amount, ...texts }: BarLine, columns: number): string {
  const [name, what] = [harmlessLine(texts.name), harmlessLine(texts.what)];
  const room = columns - 1;
  const shown = shorten(name, Math.max(8, Math.floor(room / 3)));
  const words = textWidth(`${shown} ${amount}  ${what}`);
  const size = columns < fewColumns ? 0 : Math.min(mostColumns, room - words - ' []'.length);
  const done = Math.round(size * Math.min(1, total > 0 ? value / total : 0));
  const bar = size < fewestColumns ? '' : ` [${'='.repeat(done)}${'-'.repeat(size - done)}]`;
  const head = `${shown}${bar} ${amount}`;
  const left = room - textWidth(head) - 2;
  return shorten(what === '' || left < 4 ? head : `${head}  ${shorten(what, left)}`, room);
}
