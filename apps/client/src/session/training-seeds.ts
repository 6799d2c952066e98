// What a member's training draws its random choices from: personal starts, the order of examples and what is held out of them,
// the rounding of what is sent. Of the workspace's secret unless its owner gives a seed, for runs that can be run again.
// Not of it: noise, which is never drawn twice (training's contribution.ts).
import { createHash, hkdfSync } from 'node:crypto';
import type { TaskGroup } from '@colora/protocol/entities';
import type { GroupPaths } from '../workspace/group-workspace.ts';
import { ownTrainingSecret } from '../workspace/training-secret.ts';
import type { ClientOptions } from './client-options.ts';

export interface TrainingSeeds {
  /** Of a learner: personal starts and the order of examples. */
  readonly learner: string | number;
  /** Of stochastic rounding, another one each round, or the roundings would not average out. */
  rounding(round: number): string;
}

/** `seed`: as ClientOptions has it. */
export async function trainingSeeds(
  seed: ClientOptions['seed'],
  paths: Pick<GroupPaths, 'trainingSecret'>,
  group: Pick<TaskGroup, 'settings'>,
  participant: string,
): Promise<TrainingSeeds> {
  if (seed !== undefined) {
    const learner = seed === 'of-group' ? seedOfPerson(group.settings.seed, participant) : seed;
    return { learner, rounding: (round) => `wire/${learner}/${participant}/${round}` };
  }
  const secret = await ownTrainingSecret(paths.trainingSecret);
  return { learner: drawn(secret, 'learner'), rounding: (round) => drawn(secret, `rounding ${round}`) };
}

/** HKDF-SHA256 (RFC 5869): whoever knows one result learns nothing of the secret or of another. 64 hexadecimal digits. */
function drawn(secret: Uint8Array, use: string): string {
  return Buffer.from(hkdfSync('sha256', secret, 'colora training seeds', use, 32)).toString('hex');
}

/** 31 bits of sha256 over a group's seed and the participant: each person has its own batches, always the same. */
export function seedOfPerson(groupSeed: number, participant: string): number {
  const hash = createHash('sha256').update(`${groupSeed}/${participant}`).digest();
  return hash.readUInt32BE(0) >>> 1;
}
