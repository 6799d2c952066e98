// The priorities that the threads of a trainer can have, by the names people use. What each is to the system is
// paced-engine.ts.
export const trainerPriorities = ['normal', 'below-normal', 'low'] as const;
export type TrainerPriority = (typeof trainerPriorities)[number];
