// Members by name, as many as are read at a glance, and how many more there are.
import { count } from '../../../format/numbers.ts';
import { Name } from '../../../parts/name.tsx';
import { at } from '../../../routing/place.ts';

const mostNames = 12;
const mostLists = 50;

interface NamesProps {
  readonly group: string;
  readonly names: readonly string[];
}

export function MemberNames({ group, names }: NamesProps) {
  return (
    <span class="names">
      {names.slice(0, mostNames).map((name) => (
        <Name key={name} name={name} href={at(['groups', group, 'members', name])} />
      ))}
      {names.length > mostNames && <span class="quiet">and {count(names.length - mostNames)} more</span>}
    </span>
  );
}

export function MemberLists({
  group,
  lists,
}: {
  readonly group: string;
  readonly lists: readonly (readonly string[])[];
}) {
  return (
    <ul class="lists">
      {lists.slice(0, mostLists).map((names) => (
        <li key={names[0]}>
          <MemberNames group={group} names={names} />
        </li>
      ))}
      {lists.length > mostLists && <li class="quiet">and {count(lists.length - mostLists)} more clusters</li>}
    </ul>
  );
}
