// The coordinator's own answer to why a group is where it is: the reason in a sentence, then whom it waits for, then what to do.
import type { Explanation } from '@colora/protocol/why/explanation';
import { sentence } from '../format/words.ts';
import { Command } from './command.tsx';

export function Why({ explanation }: { readonly explanation: Explanation }) {
  const [first, ...others] = explanation.reasons;
  if (first === undefined) return <p class="quiet">It waits for nothing.</p>;
  const mends = [...new Set(explanation.reasons.map(({ mend }) => mend).filter((mend) => mend !== null))];
  return (
    <div class="why">
      <p class="first" dir="auto">
        {sentence(first.text)}
      </p>
      {others.length > 0 && (
        <ul>
          {others.map(({ text, code }) => (
            <li key={`${code} ${text}`} dir="auto">
              {text}
            </li>
          ))}
        </ul>
      )}
      {mends.map((mend) =>
        mend.includes('colora ') ? (
          <Mend key={mend} text={mend} />
        ) : (
          <p key={mend} class="quiet">
            {sentence(mend)}
          </p>
        ),
      )}
    </div>
  );
}

/** A command, with what it is for before a colon. */
function Mend({ text }: { readonly text: string }) {
  const found = /^(?:(.*): )?(colora .*)$/.exec(text);
  if (found === null) return <p class="quiet">{sentence(text)}</p>;
  return (
    <div class="row">
      {found[1] !== undefined && <span class="quiet">{sentence(found[1])}:</span>}
      <Command text={found[2]!} />
    </div>
  );
}
