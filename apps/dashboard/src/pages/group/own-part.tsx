// A group as one of its members sees it, by her own key: why nothing happens, what her machine did in each round, what left it, and
// whether training together helps. Nothing here is about any other member.
import type { TaskGroup } from '@colora/protocol/entities';
import { call } from '../../api/client.ts';
import { about, useLive } from '../../api/live.ts';
import { commands } from '../../format/commands.ts';
import { bytes, count, counted, figure, percent } from '../../format/numbers.ts';
import { Command } from '../../parts/command.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Table } from '../../parts/table.tsx';
import { Why } from '../../parts/why.tsx';
import { type OwnEntry, ownEntry } from './own-entries.ts';

export function OwnPart({ group }: { readonly group: TaskGroup }) {
  const { name, checkpoint, committedRounds, settings } = group;
  const explanation = useLive(
    `explain ${name}`,
    (signal) => call('explainGroup', { params: { group: name }, signal }),
    {
      hears: about(name),
      every: { hinted: 10, alone: 5 },
    },
  );
  const figures = useLive(
    `figures ${name}`,
    (signal) => call('showFigures', { params: { group: name }, signal }),
    {
      hears: about(name),
    },
  );
  const sent = useLive(
    `own entries ${name} ${checkpoint?.version ?? ''}`,
    (signal) => readOwnEntries(name, checkpoint?.version ?? 0, signal),
    { every: 'once' },
  );
  return (
    <div class="stack">
      <section class="panel" aria-label="Why">
        <Loaded live={explanation} what="the reason" lines={3}>
          {(value) => <Why explanation={value} />}
        </Loaded>
      </section>
      <section class="panel" aria-label="How far it is">
        <Facts
          facts={[
            ['Rounds', `${count(committedRounds)} of ${count(settings.rounds.count)}`],
            ['Members', count(group.members)],
            [
              'Checkpoint',
              checkpoint === null ? 'none yet' : `v${checkpoint.version}, ${bytes(checkpoint.bytes)}`,
            ],
            ['Trained on', settings.baseModel.name],
          ]}
        />
      </section>
      <section class="panel stack" aria-label="Did it help">
        <h2>Did it help</h2>
        <Loaded live={figures} what="the figures" lines={2}>
          {({ figures: told }) =>
            told === null ? (
              <p>
                Too few members have told yet what they were told. Your own verdict never leaves your machine
                as a text:
              </p>
            ) : (
              <p>
                Of {counted(told.reporters, 'member')} who told, {gainText(told.gain.mean)}. Your own verdict
                is on your machine:
              </p>
            )
          }
        </Loaded>
        <Command text={commands.verdict(name)} />
      </section>
      <div class="panel flush">
        <h2>What your machine did, and what left it</h2>
        <p class="quiet">Updates of the shared tensors, with these numbers, and no text of an example.</p>
        <Loaded live={sent} what="what you sent" lines={6}>
          {(entries) => <Sent group={name} entries={entries} />}
        </Loaded>
      </div>
    </div>
  );
}

function gainText(mean: number): string {
  const share = percent(Math.abs(mean));
  if (Math.abs(mean) < 0.005) return 'training together changed nothing on average';
  return mean > 0
    ? `training together got ${share} more of their own examples right, on average`
    : `training together got ${share} fewer of their own examples right, on average`;
}

function Sent({ group, entries }: { readonly group: string; readonly entries: readonly OwnEntry[] }) {
  return (
    <Table
      caption="What you sent, newest first"
      rows={entries}
      rowKey={({ inVersion, madeFor, outcome, sha256 }) => `${inVersion} ${madeFor} ${outcome} ${sha256}`}
      empty={
        <Empty
          title="Nothing that you sent is in a checkpoint yet"
          command={commands.join(group, location.origin)}
        >
          Your machine sends once it has trained in a round that closes.
        </Empty>
      }
      columns={[
        { title: 'Checkpoint', isName: true, cell: ({ inVersion }) => `v${inVersion}` },
        { title: 'Round', isFigure: true, cell: ({ madeFor }) => madeFor },
        { title: 'What became of it', cell: ({ outcome }) => outcome },
        { title: 'Size', isFigure: true, cell: ({ counted: of }) => (of === null ? '–' : bytes(of.bytes)) },
        {
          title: 'Examples',
          isFigure: true,
          cell: ({ counted: of }) => (of === null ? '–' : count(of.examples)),
        },
        {
          title: 'Weight',
          isFigure: true,
          isMinor: true,
          cell: ({ counted: of }) => (of === null ? '–' : figure(of.weight)),
        },
        { title: 'Norm', isFigure: true, cell: ({ counted: of }) => (of === null ? '–' : figure(of.norm)) },
        {
          title: 'Part of the update',
          isFigure: true,
          isMinor: true,
          cell: ({ counted: of }) =>
            of === null || of.part === null ? '–' : of.part === 0 ? 'left out' : percent(of.part),
        },
        {
          title: 'sha256',
          isMinor: true,
          cell: ({ sha256 }) => (sha256 === null ? '–' : <code title={sha256}>{sha256.slice(0, 12)}…</code>),
        },
      ]}
    />
  );
}

/** Latest checkpoints that are asked. */
const shownVersions = 20;

/** Of the checkpoints up to `latest`, newest first. */
async function readOwnEntries(
  group: string,
  latest: number,
  signal: AbortSignal,
): Promise<readonly OwnEntry[]> {
  const versions = Array.from({ length: Math.min(latest, shownVersions) }, (_, back) => latest - back);
  const pages = await Promise.all(
    versions.map(async (version) => {
      const { items } = await call('listManifestEntries', { params: { group, version }, signal });
      return items.flatMap((item) => ownEntry(item, version) ?? []);
    }),
  );
  return pages.flat();
}
