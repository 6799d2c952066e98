// How clusters come about in a group: not at all, by probes as members come and go, or as admins say. Which groups can have
// them is clusters/cluster-settings.ts.
import { z } from 'zod';

export const clusterModeSchema = z.enum(['off', 'auto', 'fixed']);
export type ClusterMode = z.infer<typeof clusterModeSchema>;
