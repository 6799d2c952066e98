// The compared methods by name, in the order of their columns. Nothing else.
export const classificationMethods = ['frozen', 'alone', 'global', 'dual', 'core'] as const;
/** A language model has no head to train by itself: the untrained model takes the place of `frozen`. */
export const languageMethods = ['base', 'alone', 'global', 'dual', 'core'] as const;
export const methodNames = ['frozen', ...languageMethods] as const;
export type MethodName = (typeof methodNames)[number];
