// Names of fields and codes as words.

/** `sharedRate` as "Shared rate". */
export function spaced(name: string): string {
  const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).replaceAll('.', ': ');
  return sentence(words);
}

/** A sentence begins with a capital. */
export const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
