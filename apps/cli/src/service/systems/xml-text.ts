// Text between the tags of an XML 1.0 file.
import { UsageError } from '../../usage-error.ts';

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** Throws UsageError where it holds a sign that XML has no way to write. */
export function xmlText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/.test(text))
    throw new UsageError(
      `${JSON.stringify(text)} holds a sign that this system’s service files can’t hold: rename the folder or change the variable`,
    );
  // a reader takes a bare line break for a blank, and drops \r
  return text
    .replaceAll(/[&<>"']/g, (sign) => entities[sign]!)
    .replaceAll(/[\t\n\r]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
