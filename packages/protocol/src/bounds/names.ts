// What groups, participants and keys may be called, and when two names or labels are one. Without schemas, so that a command
// line is read without them.

/**
 * 1 to 63 letters and digits of any script (small ones, where a script has capitals too), ".", "_" and "-" but for the
 * first. Marks belong to letters: some scripts write vowels so.
 */
export const namePattern = /^[\p{Ll}\p{Lo}\p{Nd}][\p{Ll}\p{Lo}\p{Lm}\p{M}\p{Nd}._-]{0,62}$/u;

export const nameWords =
  'use 1 to 63 small letters and digits of any script, ".", "_" and "-", starting with a letter or digit';

/**
 * Names that no group is given, since members keep each group in a folder of its name: the workspace's own files, the
 * devices of Windows with whatever ending, and endings that Windows drops.
 */
export function isReservedName(name: string): boolean {
  return (
    /^(key|key-to-be)\.json$|\.writing-|\.$/.test(name) || /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/.test(name)
  );
}

export const reservedNameWords =
  'no file of a member’s workspace (key.json), no device of Windows (con, nul, com1, also with an ending), no "." at the end';

/** The same for names that some file systems take for one: those that tell no capitals from small letters, ß from ss. */
export function folderForm(name: string): string {
  return name.normalize('NFKC').toUpperCase();
}

/** One spelling for what looks the same: an accent may come with its letter or after it. */
export function spellName(name: string): string {
  return name.normalize('NFC');
}

/** Labels of one form are the same label: accents with their letters or after them, blanks around it. */
export function labelForm(label: string): string {
  return label.normalize('NFC').trim();
}
