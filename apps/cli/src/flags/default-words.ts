// A setting's default in words, for help: one value, or one for each kind of task and layout where they differ.
import type { DefaultCase, SettingsField } from '@colora/protocol/settings-fields';

/** Null where there is none, or where it goes without saying: a switch that is off. */
export function defaultWords({ takes, defaults }: Pick<SettingsField, 'takes' | 'defaults'>): string | null {
  if (takes === 'fields' || takes === 'boolean' || defaults.every(({ value }) => value == null)) return null;
  const byKind = groupBy(defaults, ({ kind }) => kind);
  const kindsByWords = groupBy([...byKind.keys()], (kind) => layoutWords(byKind.get(kind)!));
  const [first = '', ...others] = [...kindsByWords].map(([words, kinds], index) =>
    index === 0 ? words : `of ${kinds.join(' and ')} ${words}`,
  );
  return [first, ...others].join(first.includes(', ') ? '; ' : ', ');
}

/** The commonest value over the layouts, after those of single layouts. */
function layoutWords(cases: readonly DefaultCase[]): string {
  const byValue = [...groupBy(cases, ({ value }) => String(value))].sort(
    ([, a], [, b]) => a.length - b.length,
  );
  const common = byValue.pop()!;
  const single = byValue.map(
    ([value, those]) => `${value} for ${those.map(({ layout }) => layout).join(' and ')}`,
  );
  return single.length === 0 ? common[0] : `${single.join(', ')}, else ${common[0]}`;
}

function groupBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return groups;
}
