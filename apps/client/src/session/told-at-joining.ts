// What a member tells when it joins beside who it is: which labels its examples have (told-labels.ts), where the group is to know
// them, and, unless it tells no figures, which CoLoRA it runs and what it trains on: those who run the group see whose is old or slow.
import { machineSchema } from '@colora/protocol/accounts/machine';
import type { TaskGroup } from '@colora/protocol/entities';
import type { Learner, Trainer } from '@colora/training/trainer';
import packageJson from '../../package.json' with { type: 'json' };
import type { ClientOptions } from './client-options.ts';
import type { Told } from './enter-group.ts';
import { toldLabels } from './told-labels.ts';

interface Prepared {
  readonly learner: Learner;
  readonly trainer: Pick<Trainer, 'engine' | 'device'>;
}

export function toldBy({ figures = true }: Pick<ClientOptions, 'figures'>) {
  return ({ learner, trainer }: Prepared, { settings }: Pick<TaskGroup, 'settings'>): Told => ({
    labels: toldLabels(learner, settings),
    machine: figures ? machineOf(trainer) : undefined,
  });
}

const machineOf = ({ engine, device }: Prepared['trainer']) =>
  machineSchema.safeParse({ version: packageJson.version, engine, device }).data;
