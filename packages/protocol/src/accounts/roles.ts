// What a key may do: operators keep groups running, admins say what they are and who gets in, participants train.
import { z } from 'zod';

export const roleSchema = z.enum(['admin', 'operator', 'participant']);
export type Role = z.infer<typeof roleSchema>;
