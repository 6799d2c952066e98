// The compared methods by name, in the order of their columns. Nothing else.
export const methodNames = ['frozen', 'alone', 'global', 'dual', 'core'] as const;
export type MethodName = (typeof methodNames)[number];
