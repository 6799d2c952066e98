// A group: its head, which says how it is and what can be done, and the sections about it.
import type { TaskGroup } from '@colora/protocol/entities';
import { call } from '../../api/client.ts';
import { about, type Live, useLive } from '../../api/live.ts';
import { isAdmin, isOperator } from '../../api/session.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { Name } from '../../parts/name.tsx';
import { StateChip } from '../../parts/state-chip.tsx';
import { at, place } from '../../routing/place.ts';
import { CheckpointsSection } from './checkpoints/checkpoints-section.tsx';
import { ClustersSection } from './clusters/clusters-section.tsx';
import { EventsSection } from './events-section.tsx';
import { InvitationsSection } from './invitations-section.tsx';
import { Lifecycle } from './lifecycle/lifecycle.tsx';
import { MemberSection } from './members/member-section.tsx';
import { MembersSection } from './members/members-section.tsx';
import { Overview } from './overview/overview.tsx';
import { OwnPart } from './own-part.tsx';
import { RoundSection } from './rounds/round-section.tsx';
import { RoundsSection } from './rounds/rounds-section.tsx';
import { SettingsSection } from './settings/settings-section.tsx';

interface Section {
  readonly path: string;
  readonly title: string;
  readonly isShown: () => boolean;
}

const sections: readonly Section[] = [
  { path: '', title: 'Overview', isShown: () => true },
  { path: 'rounds', title: 'Rounds', isShown: () => isOperator.value },
  { path: 'members', title: 'Members', isShown: () => isOperator.value },
  { path: 'clusters', title: 'Clusters', isShown: () => isOperator.value },
  { path: 'checkpoints', title: 'Checkpoints', isShown: () => true },
  { path: 'settings', title: 'Settings', isShown: () => true },
  { path: 'invitations', title: 'Invitations', isShown: () => isAdmin.value },
  { path: 'events', title: 'Events', isShown: () => isOperator.value },
];

export function GroupPage({ name }: { readonly name: string }) {
  const live = useLive(`group ${name}`, (signal) => call('showGroup', { params: { group: name }, signal }), {
    hears: about(name),
  });
  if (live.trouble?.kind === 'gone') return <Gone name={name} />;
  const section = place.value.path[2] ?? '';
  return (
    <>
      <div class="head">
        <h1>
          <Name name={name} />
        </h1>
        {live.value !== undefined && <StateChip state={live.value.state} />}
        {live.value !== undefined && isOperator.value && <Lifecycle group={live.value} again={live.again} />}
      </div>
      <nav class="tabs" aria-label="Sections of the group">
        {sections
          .filter(({ isShown }) => isShown())
          .map(({ path, title }) => (
            <a
              key={path}
              href={at(['groups', name, ...(path === '' ? [] : [path])])}
              aria-current={section === path ? 'page' : undefined}
            >
              {title}
            </a>
          ))}
      </nav>
      <Loaded live={live} what="the group" lines={12}>
        {(group) => <Content group={group} section={section} live={live} />}
      </Loaded>
    </>
  );
}

function Content({
  group,
  section,
  live,
}: {
  readonly group: TaskGroup;
  readonly section: string;
  readonly live: Live<TaskGroup>;
}) {
  const which = place.value.path[3];
  if (section === 'checkpoints') return <CheckpointsSection group={group} again={live.again} />;
  if (section === 'settings') return <SettingsSection group={group} again={live.again} />;
  if (!isOperator.value) return <OwnPart group={group} />;
  if (section === 'rounds')
    return which === undefined ? (
      <RoundsSection group={group} />
    ) : (
      <RoundSection key={which} group={group} number={Number(which)} />
    );
  if (section === 'members')
    return which === undefined ? (
      <MembersSection group={group} />
    ) : (
      <MemberSection key={which} group={group} participant={which} />
    );
  if (section === 'clusters') return <ClustersSection group={group} />;
  if (section === 'invitations' && isAdmin.value) return <InvitationsSection group={group} />;
  if (section === 'events') return <EventsSection group={group} />;
  return <Overview group={group} />;
}

/** Also while it was in view: by another admin, or because a key lost it. */
function Gone({ name }: { readonly name: string }) {
  return (
    <div class="stack">
      <h1>
        <Name name={name} />
      </h1>
      <div class="note warn" role="alert">
        <strong>There is no such group, or it isn’t open to your key</strong>
        <p>It may have been deleted, or your key may not be good for it any more.</p>
      </div>
      <p>
        <a href={at([])}>All groups</a>
      </p>
    </div>
  );
}
