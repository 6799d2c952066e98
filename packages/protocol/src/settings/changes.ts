// What a change of a group's settings is, field by field, and when each of it takes effect. Pure: the coordinator holds
// changes to it, and `groups diff` says it beforehand.
import { z } from 'zod';
import { clustersOf } from '../clusters/cluster-settings.ts';
import { sumsVerdicts } from '../masking/verdict-settings.ts';
import { canonicalJson } from '../proofs/canonical-json.ts';
import { sha256Hex } from '../sha256.ts';
import { accessSchema } from '../states/states.ts';
import { minMembersOf, phasesOf, type TaskSettings, taskSettingsSchema } from '../task-settings.ts';
import { fieldGuide, guideOf, type TakesEffect } from './field-guide.ts';
import { fieldValues, valueAt, withValueAt } from './field-paths.ts';

/** What of a group an admin may change: who may join, and its settings. */
export const groupTermsSchema = z.strictObject({ access: accessSchema, settings: taskSettingsSchema });
export type GroupTerms = z.infer<typeof groupTermsSchema>;

export const termsChangeSchema = z.object({
  /** `access`, or a field of the settings: `training.batchSize`. */
  path: z.string(),
  /** Null: not set. */
  before: z.unknown(),
  after: z.unknown(),
  when: z.enum(['now', 'next-round', 'never']),
});
export type TermsChange = z.infer<typeof termsChangeSchema>;

/** In the guide's order, who may join first; empty where both mean the same. */
export function changesOfTerms(before: GroupTerms, after: GroupTerms): TermsChange[] {
  const access: TermsChange[] =
    before.access === after.access
      ? []
      : [{ path: 'access', before: before.access, after: after.access, when: 'now' }];
  return [...access, ...changesOfSettings(before.settings, after.settings)];
}

function changesOfSettings(before: TaskSettings, after: TaskSettings): TermsChange[] {
  const [had, has] = [new Map(fieldValues(meant(before))), new Map(fieldValues(meant(after)))];
  return Object.keys(fieldGuide)
    .filter((path) => canonicalJson([had.get(path)]) !== canonicalJson([has.get(path)]))
    .map((path) => {
      const change = { path, before: had.get(path) ?? null, after: has.get(path) ?? null };
      return { ...change, when: effectOf(change) };
    });
}

/** Settings of before a choice was there say nothing of it, and mean something all the same. */
function meant(settings: TaskSettings): TaskSettings {
  const { task, training, privacy } = settings;
  return {
    ...settings,
    task: 'head' in task ? { ...task, clusters: clustersOf(settings) } : task,
    training: { ...training, phases: phasesOf(settings) },
    privacy: {
      ...privacy,
      minMembers: minMembersOf(settings),
      ...(privacy.secureAggregation === undefined
        ? {}
        : { secureAggregation: { ...privacy.secureAggregation, verdicts: sumsVerdicts(settings) } }),
    },
  };
}

function effectOf({ path, before, after }: Omit<TermsChange, 'when'>): TakesEffect {
  const { when, exceptFor } = guideOf(path);
  return exceptFor !== undefined && (before === exceptFor || after === exceptFor) ? 'never' : when;
}

/** Settings as they are at once: of `wanted` what doesn't wait for the next round. */
export function settingsAtOnce(now: TaskSettings, wanted: TaskSettings): TaskSettings {
  const atOnce = changesOfSettings(now, wanted).filter(({ when }) => when === 'now');
  return atOnce.reduce(
    (settings, { path }) => withValueAt(settings, path, valueAt(wanted, path)) as TaskSettings,
    now,
  );
}

/**
 * sha256 of what of them holds for a whole round: all but what takes effect at once, and the verdicts' row where it says no, which
 * members of before the choice don't know and hash without.
 */
export function roundSettingsHash(settings: TaskSettings): string {
  const held = [...fieldValues(meant(settings))].filter(
    ([path, value]) =>
      guideOf(path).when !== 'now' && !(path === 'privacy.secureAggregation.verdicts' && value === false),
  );
  return sha256Hex(canonicalJson(Object.fromEntries(held)));
}

/** A change in a line: `training.batchSize: 8 -> 16`. */
export function changeWords({ path, before, after }: Omit<TermsChange, 'when'>): string {
  return `${path}: ${valueWords(before)} -> ${valueWords(after)}`;
}

const mostShown = 60;

function valueWords(value: unknown): string {
  if (value === null || value === undefined) return 'not set';
  const words = Array.isArray(value) ? `[${value.join(', ')}]` : String(value);
  return words.length <= mostShown ? words : `${words.slice(0, mostShown)}…`;
}
