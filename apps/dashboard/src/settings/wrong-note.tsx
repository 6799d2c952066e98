// That something which is filled in can't be: it is said at its field, and here where there is no such field on the form.
import type { Texts } from './draft.ts';

/** Nothing, where nothing is wrong. `wrong`: by path, '' for what no field shows. */
export function WrongNote({ wrong }: { readonly wrong: Texts }) {
  const marked = Object.keys(wrong).filter((path) => path !== '').length;
  const elsewhere = wrong[''];
  if (marked === 0 && elsewhere === undefined) return null;
  return (
    <div class="note bad" role="status">
      <strong>The settings are not valid</strong>
      {marked > 0 && <p>{marked === 1 ? 'Mend the marked field.' : `Mend the ${marked} marked fields.`}</p>}
      {elsewhere !== undefined && <p>{elsewhere}</p>}
    </div>
  );
}
