// What groups and rounds can be in, and who may join. What they are beside that is entities.ts's; how one follows from another, the coordinator's.
import { z } from 'zod';

/** draft: no initial checkpoint yet. completed: all rounds are committed. */
export const groupStateSchema = z.enum(['draft', 'ready', 'running', 'paused', 'completed']);

export const accessSchema = z.enum(['open', 'invitation']);

export const roundStateSchema = z.enum(['collecting', 'aggregating', 'committed', 'failed']);
