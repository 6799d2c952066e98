// What groups, participants and keys may be called, and when two labels are one. A pattern alone, so that a command line is read without schemas.

/**
 * 1 to 63 letters and digits of any script (small ones, where a script has capitals too), ".", "_" and "-" but for the
 * first. Marks belong to letters: some scripts write vowels so.
 */
export const namePattern = /^[\p{Ll}\p{Lo}\p{Nd}][\p{Ll}\p{Lo}\p{Lm}\p{M}\p{Nd}._-]{0,62}$/u;

export const nameWords =
  'use 1 to 63 small letters and digits of any script, ".", "_" and "-", starting with a letter or digit';

/** One spelling for what looks the same: an accent may come with its letter or after it. */
export function spellName(name: string): string {
  return name.normalize('NFC');
}

/** Labels of one form are the same label: accents with their letters or after them, blanks around it. */
export function labelForm(label: string): string {
  return label.normalize('NFC').trim();
}
