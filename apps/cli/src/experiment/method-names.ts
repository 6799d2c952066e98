// The compared methods by name, in the order of their columns. Nothing else.
export const classificationMethods = ['frozen', 'alone', 'global', 'dual', 'core', 'guarded'] as const;
/** A language model has no head to train by itself: the untrained model takes the place of `frozen`. */
export const languageMethods = ['base', 'alone', 'global', 'dual', 'core', 'guarded'] as const;
export const methodNames = ['frozen', ...languageMethods] as const;
export type MethodName = (typeof methodNames)[number];
/** `guarded` is made of what `alone` and `core` trained; the others have a task group each. */
export type TrainedMethod = Exclude<MethodName, 'guarded'>;

export function isTrained(method: MethodName): method is TrainedMethod {
  return method !== 'guarded';
}
