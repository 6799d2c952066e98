// What a group asks of who is about to join it, as lines to read: whose invitation it is, what has to be downloaded, what a round
// takes of the machine, and what is sent and told. Pure; who is asked and how is agree-to-join.ts.
import type { JoinOffer } from '@colora/protocol/accounts/join-offer';
import { spanText } from '@colora/protocol/deadlines/span-text';
import type { TaskGroup } from '@colora/protocol/entities';
import { roundStepsOf, type TaskSettings } from '@colora/protocol/task-settings';
import type { ModelAtHand } from '../base-model/download-needed.ts';
import { byteText, localTime } from '../terminal/output.ts';

export interface Asked {
  readonly group: TaskGroup;
  /** A line each of what it costs and tells. */
  readonly terms: readonly string[];
  /** What the coordinator tells beside; null: an earlier one. */
  readonly offer: JoinOffer | null;
}

export interface OfferPlace {
  readonly url: string;
  readonly model: ModelAtHand;
  /** What --max-memory allows, in bytes; null: what the machine has. */
  readonly maxMemory: number | null;
}

export function joinOfferLines(
  { group, terms, offer }: Asked,
  { url, model, maxMemory }: OfferPlace,
): string[] {
  const { settings, name } = group;
  const facts: [string, string][] = [
    ['invited by', invitedBy(offer, group.access)],
    ['base model', `${settings.baseModel.name}: ${modelText(model)}`],
    ['your data', `${dataText(settings.task)}; read on this machine, and never sent`],
    ['a round', roundText(roundStepsOf(settings), offer)],
    ['its bytes', bytesText(offer)],
    [
      'memory',
      `counted for this machine before you are a member; more than ${maxMemory === null ? 'it has' : `${byteText(maxMemory)} (--max-memory)`} is refused`,
    ],
  ];
  return [
    `${name} at ${url} asks of you:`,
    ...facts.map(([what, text]) => `  ${what.padEnd(10)}  ${text}`),
    ...terms.filter((line) => !line.startsWith('base model:')).map((line) => `  - ${line}`),
  ];
}

function invitedBy(offer: JoinOffer | null, access: 'open' | 'invitation'): string {
  if (offer === null) return 'this coordinator does not say';
  const { invitation } = offer;
  if (invitation === null)
    return access === 'open' ? 'nobody: whoever reaches it may join' : 'you come without an invitation';
  const { createdBy, uses, used, expiresAt } = invitation;
  const left = uses - used;
  const many = uses === 1 ? 'by a link for you alone' : `by a link for ${uses}, of which ${left} are left`;
  return `${createdBy}, ${many}, until ${localTime(expiresAt)}`;
}

function modelText(model: ModelAtHand): string {
  if (model.is === 'here') return 'nothing to download';
  if (model.is === 'unknown') return `how much is to be downloaded is not known (${model.why})`;
  const { bytes, licence, into, hub, needsToken } = model.offer;
  const size = bytes === null ? 'a size that only your token shows' : byteText(bytes);
  const token = needsToken ? `; it is gated or private: your Hugging Face token is sent to ${hub}` : '';
  return `${size} to download from ${hub} into ${into}, licence ${licence ?? 'not stated'}${token}`;
}

function dataText(task: TaskSettings['task']): string {
  if (task.kind === 'causal-lm') return 'prompts with completions, chats, or plain texts';
  const [many, labels] = [task.labels.length, task.labels.slice(0, 8).join(', ')];
  const which = many > 8 ? `${labels} and ${many - 8} more` : labels;
  return task.kind === 'classification'
    ? `texts with a label each (${which})`
    : `words with a tag each (${which})`;
}

function roundText(steps: number, offer: JoinOffer | null): string {
  const all = `${steps} step${steps === 1 ? '' : 's'} of training`;
  if (offer === null) return all;
  const { stepSeconds, deadlineSeconds } = offer.round;
  const takes =
    stepSeconds === null
      ? 'how long that takes is not known yet'
      : `about ${spanText(steps * stepSeconds)} on members’ machines`;
  return `${all}, ${takes}; its deadline is ${spanText(deadlineSeconds)}`;
}

function bytesText(offer: JoinOffer | null): string {
  const bytes = offer?.round.bytes ?? null;
  if (bytes === null) return 'not known before the group has a checkpoint';
  return `at most ${byteText(bytes.download)} down and ${byteText(bytes.upload)} up`;
}
