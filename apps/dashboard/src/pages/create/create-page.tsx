// Where a new group is made: begun from one that is there, or, where there is none to begin from, by the command.
import type { TaskGroup } from '@colora/protocol/entities';
import { call } from '../../api/client.ts';
import { useLive } from '../../api/live.ts';
import { commands } from '../../format/commands.ts';
import { Command } from '../../parts/command.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { at } from '../../routing/place.ts';
import { NewGroupForm } from './new-group-form.tsx';

/** What a list answers at most. */
const mostSources = 200;

export function CreatePage() {
  const live = useLive('groups to begin from', (signal) =>
    call('listGroups', { query: { sort: 'newest', limit: mostSources }, signal }),
  );
  return (
    <>
      <p class="crumb">
        <a href={at([])}>Groups</a>
      </p>
      <div class="head">
        <h1>New group</h1>
      </div>
      <Loaded live={live} what="the groups" lines={30}>
        {({ items }) => {
          const sources = items.filter(({ checkpoint }) => checkpoint !== null);
          return sources.length === 0 ? <FirstGroup /> : <FromAnother sources={sources} />;
        }}
      </Loaded>
    </>
  );
}

function FirstGroup() {
  return (
    <div class="panel">
      <Empty title="The first group is made by the command" command={commands.create(location.origin)}>
        A group begins with a checkpoint, which is made of the base model: run this where that is. Later
        groups of the same base model can be begun from it here.
      </Empty>
    </div>
  );
}

function FromAnother({ sources }: { readonly sources: readonly TaskGroup[] }) {
  return (
    <div class="stack">
      <p class="quiet">
        A group begins with a checkpoint, which is made of the base model, and that isn’t here. So a group
        that is made on this page takes the checkpoint of one that is there, and shares its base model, its
        task and its adapter. For another base model or another task, run the command where the model is:
      </p>
      <Command text={commands.create(location.origin)} />
      <NewGroupForm sources={sources} />
    </div>
  );
}
