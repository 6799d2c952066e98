// How a group is made: by the command, which has the base model that its first checkpoint is made of.
import { commands } from '../../format/commands.ts';
import { Empty } from '../../parts/empty.tsx';
import { at } from '../../routing/place.ts';

export function CreatePage() {
  return (
    <>
      <p class="crumb">
        <a href={at([])}>Groups</a>
      </p>
      <div class="head">
        <h1>New group</h1>
      </div>
      <div class="panel">
        <Empty title="A group is made by the command" command={commands.create(location.origin)}>
          It needs the base model, which is where the command runs, and not here.
        </Empty>
      </div>
    </>
  );
}
