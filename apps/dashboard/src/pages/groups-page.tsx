// All groups at a glance: how each is, in the coordinator's words, and how far.
import type { TaskGroup } from '@colora/protocol/entities';
import { call } from '../api/client.ts';
import { about, useLive } from '../api/live.ts';
import { isAdmin } from '../api/session.ts';
import { commands } from '../format/commands.ts';
import { bytes, count } from '../format/numbers.ts';
import { sentence } from '../format/words.ts';
import { Empty } from '../parts/empty.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Name } from '../parts/name.tsx';
import { Pager, usePages } from '../parts/pager.tsx';
import { StateChip } from '../parts/state-chip.tsx';
import { at } from '../routing/place.ts';

const pageSize = 25;

export function GroupsPage() {
  const pages = usePages();
  const live = useLive(
    `groups ${pages.cursor ?? ''}`,
    (signal) => call('listGroups', { query: { limit: pageSize, cursor: pages.cursor }, signal }),
    { hears: ({ name }) => name !== 'contribution:accepted' },
  );
  return (
    <>
      <div class="head">
        <h1>Groups</h1>
        {isAdmin.value && (
          <div class="actions">
            <a class="button main" href={at(['new'])}>
              New group
            </a>
          </div>
        )}
      </div>
      <div class="panel flush">
        <Loaded live={live} what="the groups" lines={8}>
          {({ items, total, next }) =>
            items.length === 0 ? (
              <NoGroups />
            ) : (
              <>
                {items.map((group) => (
                  <GroupRow key={group.name} group={group} />
                ))}
                <Pager pages={pages} next={next} total={total} shown={items.length} noun="group" />
              </>
            )
          }
        </Loaded>
      </div>
    </>
  );
}

function NoGroups() {
  if (!isAdmin.value)
    return <Empty title="No group is open to this key">An admin makes groups, and invites to them.</Empty>;
  return (
    <Empty title="No groups yet" command={commands.create(location.origin)}>
      A group is a base model, what is trained on it, and who may join. With the base model at hand, one
      command makes it:
    </Empty>
  );
}

function GroupRow({ group }: { readonly group: TaskGroup }) {
  const { name, state, settings, committedRounds, members, online, checkpoint } = group;
  return (
    <article class="group-row" aria-label={name}>
      <div class="title">
        <Name name={name} href={at(['groups', name])} />
        <StateChip state={state} />
      </div>
      <p class="say quiet">
        <Sentence group={group} />
      </p>
      <div class="stat">
        <b>
          {count(committedRounds)} of {count(settings.rounds.count)}
        </b>
        <span>rounds</span>
        <progress max={settings.rounds.count} value={committedRounds} aria-label={`Rounds of ${name}`} />
      </div>
      <div class="stat">
        <b>
          {count(online)} of {count(members)}
        </b>
        <span>online</span>
      </div>
      <div class="stat">
        <b>{checkpoint === null ? '–' : `v${checkpoint.version}`}</b>
        <span>{checkpoint === null ? 'no checkpoint' : bytes(checkpoint.bytes)}</span>
      </div>
    </article>
  );
}

/** What stands first in the answer to why; until it comes, what the group itself tells. */
function Sentence({ group }: { readonly group: TaskGroup }) {
  const { name, pausedReason, endedReason } = group;
  const { value } = useLive(
    `explain ${name}`,
    (signal) => call('explainGroup', { params: { group: name }, signal }),
    { hears: about(name), every: { hinted: 60, alone: 15 } },
  );
  return <span dir="auto">{sentence(value?.reasons[0]?.text ?? pausedReason ?? endedReason ?? ' ')}</span>;
}
