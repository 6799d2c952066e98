// What holds of single members, in words: how far one got in the live round, why it can't be asked, what was refused. What decides a
// group's next step is group-reasons.ts's.
import { spanText } from '../deadlines/span-text.ts';
import { meaningOf } from '../problem-table.ts';
import { adviceFor, endingText } from './endings.ts';
import { say } from './explanation.ts';

interface Of {
  readonly participant: string;
}

interface For extends Of {
  /** So long now. */
  readonly seconds: number;
}

interface Usually extends For {
  /** Of this member, the median of its latest rounds; null where that isn't known. */
  readonly usualSeconds: number | null;
}

function usually(code: string, what: string, values: Usually) {
  const { participant, seconds, usualSeconds } = values;
  const usual = usualSeconds === null ? '' : ` (usually ${spanText(usualSeconds)})`;
  return say(code, { ...values }, `${participant} has been ${what} for ${spanText(seconds)}${usual}`);
}

export const memberReasons = {
  notTold: (values: For) =>
    say(
      'not-told',
      { ...values },
      `${values.participant} was asked ${spanText(values.seconds)} ago, is online, and has not come for the round yet: it may be busy with the model trained alone, or with judging`,
    ),
  downloads: (values: Usually) => usually('downloads', 'downloading the checkpoint', values),
  trains: (values: Usually) => usually('trains', 'training', values),
  uploads: (values: Usually) => usually('uploads', 'sending its contribution', values),
  refused: (values: For & { round: number; problem: string; why: string }) => {
    const { participant, round, problem, why, seconds } = values;
    const { advice = null } = meaningOf({ code: problem, status: 422 });
    const text = `what ${participant} sent for round ${round} was refused ${spanText(seconds)} ago: ${why} (${problem})`;
    return say('refused', { ...values }, text, advice);
  },
  unheard: (values: For) =>
    say(
      'unheard',
      { ...values },
      `${values.participant} is offline: not heard of for ${spanText(values.seconds)}`,
    ),
  notWaitedFor: (values: Of & { missed: number }) =>
    say(
      'not-waited-for',
      { ...values },
      `${values.participant} is not waited for: it sent nothing in the last ${values.missed} rounds that asked it`,
    ),
  away: (values: For) =>
    say(
      'away',
      { ...values },
      `${values.participant} has said that it is away for another ${spanText(values.seconds)}`,
    ),
  outsideHours: (values: Of) =>
    say(
      'outside-hours',
      { ...values },
      `${values.participant} is online, outside the hours in which it may be asked`,
    ),
  noProbe: (values: Of) =>
    say(
      'no-probe',
      { ...values },
      `${values.participant} is online, and the probe that tells its cluster is still to come`,
    ),
  noKeys: (values: Of) =>
    say(
      'no-keys',
      { ...values },
      `${values.participant} is online, and can be in no masked round yet: its keys for one are still to come, or an admin’s word for it`,
      'where the group takes vouched members alone, an admin’s colora members vouch lets it in; else a member of an earlier version is to update CoLoRA',
    ),
  /** How its daemon ended, as it told. */
  reported: (values: For & { exit: string; cause: string | null; round: number | null }) => {
    const { participant, seconds, round } = values;
    const during = round === null ? '' : `, in round ${round}`;
    const text = `${participant} told ${spanText(seconds)} ago that its daemon ended${during}: ${endingText(values)}`;
    return say('reported', { ...values }, text, adviceFor(values.cause));
  },
  /** Of the latest round that is over. */
  wasLast: (values: Of & { round: number; after: number; middle: number }) =>
    say(
      'was-last',
      { ...values },
      `${values.participant} was the last in round ${values.round}, ${spanText(values.after)} after it opened; half were in after ${spanText(values.middle)}`,
    ),
  more: (count: number) => say('more', { count }, `and ${count} more member${count === 1 ? '' : 's'}`),
} as const;
