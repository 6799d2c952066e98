// What a member's daemon tells of itself when it joins: which CoLoRA it is and what it trains on. Words of a fixed form: no name of a
// machine, a card or a person, and no text, has a place in it.
import { z } from 'zod';

const word = z
  .string()
  .max(24)
  .regex(/^[a-z][a-z0-9-]*$/, 'small letters, digits and -');

export const machineSchema = z.strictObject({
  /** 1.2.3, or 1.2.3-rc.1 */
  version: z
    .string()
    .max(40)
    .regex(/^\d{1,6}\.\d{1,6}\.\d{1,6}(-[0-9A-Za-z.-]{1,18})?$/, 'a version as 1.2.3'),
  /** onnx, tfjs */
  engine: word,
  /** cpu, cuda, webgpu, … */
  device: word,
});
export type Machine = z.output<typeof machineSchema>;
