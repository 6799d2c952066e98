// What the weights of a base model's linear layers can be kept in, by name. How they are made is quantised-base.ts.

/** 32bit: as the model stores them. */
export const basePrecisions = ['4bit', '8bit', '16bit', '32bit'] as const;
export type BasePrecision = (typeof basePrecisions)[number];
