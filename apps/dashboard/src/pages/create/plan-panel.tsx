// What the group that is being filled in would mean, as the coordinator says it without making it.
import type { GroupPlan } from '@colora/protocol/groups/group-plan';
import type { Trouble } from '../../api/trouble.ts';
import { bytes, count, counted } from '../../format/numbers.ts';
import { span } from '../../format/times.ts';
import { sentence } from '../../format/words.ts';
import { type Fact, Facts } from '../../parts/facts.tsx';
import { TroubleNote } from '../../parts/trouble-note.tsx';

interface PlanPanelProps {
  /** Undefined before the first answer. */
  readonly plan: GroupPlan | undefined;
  /** Whether what is filled in can be asked about. */
  readonly isSound: boolean;
  readonly trouble: Trouble | null;
}

export function PlanPanel({ plan, isSound, trouble }: PlanPanelProps) {
  return (
    <aside class="panel stack plan" aria-label="What it would mean" aria-live="polite">
      <h2>What it would mean</h2>
      <TroubleNote trouble={trouble} />
      {!isSound ? (
        <p class="quiet">The coordinator is asked once what is marked is mended.</p>
      ) : plan !== undefined ? (
        <>
          <Facts wide facts={factsOf(plan)} />
          {plan.remarks.map((remark) => (
            <p key={remark} class="note">
              {sentence(remark)}
            </p>
          ))}
        </>
      ) : (
        trouble === null && <p class="quiet">Asking the coordinator…</p>
      )}
    </aside>
  );
}

function factsOf({ bytesPerRound, membersNeeded, step, privacy }: GroupPlan): Fact[] {
  const { open, quorum, tensor } = membersNeeded;
  return [
    ['A round opens', `with ${counted(open, 'member')} online`],
    ['Enough at the deadline', counted(quorum, 'contribution')],
    ['A tensor moves', `where ${counted(tensor, 'member')} hold it`],
    [
      'Bytes a round',
      bytesPerRound === null
        ? null
        : `at most ${bytes(bytesPerRound.download)} down and ${bytes(bytesPerRound.upload)} up, a member`,
    ],
    [
      'A step takes',
      step.seconds === null
        ? 'nobody knows yet'
        : `${span(step.seconds)}${step.members > 0 ? `, median of ${counted(step.members, 'member')}` : ''}`,
    ],
    [
      'Memory of a step',
      step.megabytes === null
        ? 'not known before a member has compiled it: more than the base model’s weights'
        : bytes(step.megabytes * 1e6),
    ],
    [
      'A round takes',
      step.roundSeconds === null
        ? `${count(step.steps)} steps`
        : `${span(step.roundSeconds)} for ${count(step.steps)} steps`,
    ],
    ['Deadline', span(step.deadlineSeconds)],
    [
      'Privacy',
      privacy.clipNorm === null
        ? 'contributions are neither clipped nor noised'
        : `clipped to ${privacy.clipNorm}${privacy.noiseMultiplier === null ? '' : `, noise ${privacy.noiseMultiplier} times that`}; ${privacy.epsilon === null ? 'no epsilon is claimed' : `epsilon ${privacy.epsilon.toPrecision(4)} at delta ${privacy.delta} after all rounds`}`,
    ],
  ];
}
