// A time, told as how long ago it is by the coordinator's clock; the exact one is its title.
import { computed } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { now } from '../api/clock.ts';
import { ago, moment } from '../format/times.ts';

export function When({ at, none = '–' }: { readonly at: string | null; readonly none?: string }) {
  const text = useMemo(
    () => computed(() => (at === null ? none : ago(Date.parse(at), now.value))),
    [at, none],
  );
  if (at === null) return <span class="quiet">{none}</span>;
  return (
    <time dateTime={at} title={moment(at)}>
      {text}
    </time>
  );
}
