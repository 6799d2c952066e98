// What those who run a group do with it: start, pause, extend, end.
import type { TaskGroup } from '@colora/protocol/entities';
import { useState } from 'preact/hooks';
import { useChange } from '../../../api/change.ts';
import { call } from '../../../api/client.ts';
import { announce } from '../../../parts/announcer.tsx';
import { Confirm } from '../../../parts/confirm.tsx';
import { TroubleNote } from '../../../parts/trouble-note.tsx';
import { ExtendDialog } from './extend-dialog.tsx';

interface LifecycleProps {
  readonly group: TaskGroup;
  /** Asks for the group anew. */
  readonly again: () => void;
}

export function Lifecycle({ group, again }: LifecycleProps) {
  const { name, state } = group;
  const [asking, setAsking] = useState<'pause' | 'end' | 'extend' | null>(null);
  const close = () => setAsking(null);
  const params = { group: name };
  const start = useChange(async () => {
    await call('startGroup', { params });
    announce(`${name} runs`);
    again();
  });
  const isLive = state === 'running';
  return (
    <div class="actions">
      {(state === 'ready' || state === 'paused') && (
        <button type="button" class="main" disabled={start.busy} onClick={() => void start.run()}>
          {state === 'ready' ? 'Start' : 'Resume'}
        </button>
      )}
      {isLive && (
        <button type="button" onClick={() => setAsking('pause')}>
          Pause
        </button>
      )}
      {state !== 'draft' && (
        <button type="button" onClick={() => setAsking('extend')}>
          Extend
        </button>
      )}
      {state !== 'completed' && state !== 'draft' && (
        <button type="button" class="danger" onClick={() => setAsking('end')}>
          End
        </button>
      )}
      <TroubleNote trouble={start.trouble} />
      {asking === 'pause' && (
        <Confirm
          title={`Pause ${name}?`}
          action="Pause"
          done={`${name} is paused`}
          onClose={close}
          change={async () => {
            await call('pauseGroup', { params });
            again();
          }}
        >
          <p>No round opens and none collects until it is resumed. What the live round has is kept.</p>
        </Confirm>
      )}
      {asking === 'end' && (
        <Confirm
          title={`End ${name}?`}
          action="End the group"
          isDangerous
          done={`${name} is completed`}
          onClose={close}
          change={async () => {
            await call('endGroup', { params });
            again();
          }}
        >
          <p>
            It is completed with the checkpoint that it has, and its live round is cancelled. Extend it to go
            on.
          </p>
        </Confirm>
      )}
      {asking === 'extend' && <ExtendDialog group={group} again={again} onClose={close} />}
    </div>
  );
}
