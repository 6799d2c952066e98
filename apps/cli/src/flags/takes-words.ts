// What value a settings field takes, in words, for messages and pages.
import type { SettingsField } from '@colora/protocol/settings-fields';

export function takesWords({
  takes,
  choices,
  range,
}: Pick<SettingsField, 'takes' | 'choices' | 'range'>): string {
  if (choices !== null) return choices.join(', ');
  const what = takes === 'fields' ? 'the fields below' : takes;
  return range === null ? what : `${what}, ${range}`;
}
