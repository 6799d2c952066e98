// Colours of what is drawn, out of the style sheet, so that light and dark have their own. Series' colours are Okabe and Ito's,
// which colour-blind people tell apart; each has a dash of its own too.

export interface Stroke {
  readonly colour: string;
  readonly dash: readonly number[];
}

const dashes: readonly (readonly number[])[] = [[], [6, 3], [2, 3], [10, 3, 2, 3], [4, 2], [1, 2]];

export function cssColour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** Of the nth series of a chart. */
export function stroke(index: number): Stroke {
  return { colour: cssColour(`series-${(index % 6) + 1}`), dash: dashes[index % dashes.length]! };
}

/** The same colour, so much of it. */
export function faint(colour: string, share: number): string {
  return `color-mix(in srgb, ${colour} ${100 * share}%, transparent)`;
}
