// How small a group is in which it matters who shares a head with whom.

/**
 * Members from whom on personal cores are trained with the shared matrices. With fewer, what a core takes up is missing from what
 * the others get, and who is alike did up to 14 points worse together than with one adapter for all (docs/decisions.md).
 */
export const fewestForCores = 4;

/**
 * Up to so many members of a group those of a cluster are counted: each asks, and each would count. Never
 * fewer than it matters for.
 */
export const mostCounted = 2 * fewestForCores;
