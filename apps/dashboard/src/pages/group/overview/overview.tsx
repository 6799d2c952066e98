// How a group is, on one page: why it is where it is, how far, and its figures over the rounds.
import type { TaskGroup } from '@colora/protocol/entities';
import { call } from '../../../api/client.ts';
import { about, useLive } from '../../../api/live.ts';
import { commands } from '../../../format/commands.ts';
import { Empty } from '../../../parts/empty.tsx';
import { Loaded } from '../../../parts/loaded.tsx';
import { Why } from '../../../parts/why.tsx';
import { at } from '../../../routing/place.ts';
import { Figures } from './figures.tsx';
import { GroupFacts } from './group-facts.tsx';
import { RoundBars } from './round-bars.tsx';

/** Rounds whose bars are drawn: a bar more is no wider than a line. */
const shownRounds = 100;

export function Overview({ group }: { readonly group: TaskGroup }) {
  const { name, state } = group;
  const explanation = useLive(
    `explain ${name}`,
    (signal) => call('explainGroup', { params: { group: name }, signal }),
    // while rounds go on it tells of minutes that pass; else it changes with what there is a hint of
    { hears: about(name), every: { hinted: state === 'running' ? 10 : 60, alone: 5 } },
  );
  const rounds = useLive(
    `rounds ${name} ${shownRounds}`,
    async (signal) =>
      (
        await call('listRounds', { params: { group: name }, query: { limit: shownRounds }, signal })
      ).items.toReversed(),
    { hears: about(name) },
  );
  return (
    <div class="stack">
      <section class="panel" aria-label="Why">
        <Loaded live={explanation} what="the reason" lines={3}>
          {(value) => <Why explanation={value} />}
        </Loaded>
      </section>
      <GroupFacts group={group} />
      <Loaded live={rounds} what="the rounds" lines={24}>
        {(items) =>
          items.length === 0 ? (
            <div class="panel">
              <FirstRound group={group} />
            </div>
          ) : (
            <div class="grid">
              <Figures group={name} />
              <RoundBars group={name} rounds={items} />
            </div>
          )
        }
      </Loaded>
    </div>
  );
}

function FirstRound({ group }: { readonly group: TaskGroup }) {
  const { name, members } = group;
  if (members > 0)
    return <Empty title="No round has opened yet">Figures stand here once one is committed.</Empty>;
  return (
    <Empty title="Nobody has joined yet" command={commands.join(name, location.origin)}>
      A member runs this on the machine that has her examples{' '}
      {group.access === 'invitation' && (
        <>
          with an <a href={at(['groups', name, 'invitations'])}>invitation</a>
        </>
      )}
      :
    </Empty>
  );
}
