// A group's checkpoints, newest first: two of them side by side, one gone back to, one taken along.
import type { CheckpointInfo, TaskGroup } from '@colora/protocol/entities';
import { useState } from 'preact/hooks';
import { call } from '../../../api/client.ts';
import { about, useLive } from '../../../api/live.ts';
import { isAdmin, isOperator } from '../../../api/session.ts';
import { bytes } from '../../../format/numbers.ts';
import { Confirm } from '../../../parts/confirm.tsx';
import { Empty } from '../../../parts/empty.tsx';
import { Loaded } from '../../../parts/loaded.tsx';
import { Pager, usePages } from '../../../parts/pager.tsx';
import { Table } from '../../../parts/table.tsx';
import { When } from '../../../parts/when.tsx';
import { Comparison } from './comparison.tsx';

interface CheckpointsProps {
  readonly group: TaskGroup;
  readonly again: () => void;
}

export function CheckpointsSection({ group, again }: CheckpointsProps) {
  const { name } = group;
  const pages = usePages();
  const [chosen, setChosen] = useState<readonly number[]>([]);
  const [rollingTo, setRollingTo] = useState<number | null>(null);
  const live = useLive(
    `checkpoints ${name} ${pages.cursor ?? ''}`,
    (signal) =>
      call('listCheckpoints', {
        params: { group: name },
        query: { limit: 50, cursor: pages.cursor },
        signal,
      }),
    { hears: about(name) },
  );
  const toggle = (version: number) =>
    setChosen((last) =>
      last.includes(version) ? last.filter((one) => one !== version) : [...last, version].slice(-2),
    );
  const [older, newer] = chosen.toSorted((a, b) => a - b);
  return (
    <div class="stack">
      {isOperator.value &&
        (older !== undefined && newer !== undefined ? (
          <Comparison group={name} older={older} newer={newer} />
        ) : (
          <p class="quiet">Choose two checkpoints to compare their rounds and settings.</p>
        ))}
      <div class="panel flush">
        <Loaded live={live} what="the checkpoints" lines={10}>
          {({ items, next, total }) => (
            <>
              <Table
                caption="Checkpoints, newest first"
                rows={items}
                rowKey={({ version }) => version}
                empty={
                  <Empty title="No checkpoint yet">
                    The command that makes a group uploads its first one; each committed round makes another.
                  </Empty>
                }
                columns={[
                  ...(isOperator.value
                    ? [
                        {
                          title: 'Compare',
                          cell: ({ version }: CheckpointInfo) => (
                            <input
                              type="checkbox"
                              aria-label={`Compare checkpoint ${version}`}
                              checked={chosen.includes(version)}
                              onChange={() => toggle(version)}
                            />
                          ),
                        },
                      ]
                    : []),
                  {
                    title: 'Version',
                    isName: true,
                    cell: ({ version }) => (
                      <>
                        v{version} {version === group.bestVersion && <span class="chip good">best</span>}{' '}
                        {version === group.checkpoint?.version && <span class="chip">latest</span>}
                      </>
                    ),
                  },
                  { title: 'Made', cell: ({ createdAt }) => <When at={createdAt} /> },
                  { title: 'Size', isFigure: true, cell: (item) => bytes(item.bytes) },
                  {
                    title: 'sha256',
                    isMinor: true,
                    cell: ({ sha256 }) => <code title={sha256}>{sha256.slice(0, 12)}…</code>,
                  },
                  {
                    title: 'Take',
                    cell: ({ version }) => (
                      <a href={fileAddress(name, version)} download={`${name}-v${version}.safetensors`}>
                        Download<span class="unseen"> checkpoint {version}</span>
                      </a>
                    ),
                  },
                  ...(isAdmin.value
                    ? [
                        {
                          title: 'Change',
                          cell: ({ version }: CheckpointInfo) =>
                            version === group.checkpoint?.version ? null : (
                              <button type="button" class="small" onClick={() => setRollingTo(version)}>
                                Roll back<span class="unseen"> to checkpoint {version}</span>
                              </button>
                            ),
                        },
                      ]
                    : []),
                ]}
              />
              <Pager pages={pages} next={next} total={total} shown={items.length} noun="checkpoint" />
            </>
          )}
        </Loaded>
      </div>
      {rollingTo !== null && (
        <Confirm
          title={`Go back to checkpoint ${rollingTo}?`}
          action="Roll back"
          isDangerous
          done={`${name} is back at checkpoint ${rollingTo}`}
          onClose={() => setRollingTo(null)}
          change={async () => {
            await call('rollbackGroup', { params: { group: name }, body: { toVersion: rollingTo } });
            again();
            live.again();
          }}
        >
          <p>
            It is published as the next version, with the tensors and the optimizer’s state of v{rollingTo}.
            The live round is cancelled. Nothing is deleted.
          </p>
        </Confirm>
      )}
    </div>
  );
}

const fileAddress = (group: string, version: number) =>
  `/v1/groups/${encodeURIComponent(group)}/checkpoints/${version}`;
