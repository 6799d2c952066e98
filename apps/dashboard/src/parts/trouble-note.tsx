// A trouble where it happened: its title, what is wrong, what to do.
import type { Trouble } from '../api/trouble.ts';
import { sentence } from '../format/words.ts';

export function TroubleNote({ trouble }: { readonly trouble: Trouble | null }) {
  if (trouble === null) return null;
  return (
    <div class="note bad" role="alert">
      <strong>{trouble.title}</strong>
      <p dir="auto">{sentence(trouble.detail)}</p>
      {trouble.advice !== null && <p class="quiet">{sentence(trouble.advice)}</p>}
    </div>
  );
}
