// The span of a listing's rows, as `since` and `until` say it: the first is in it, the second not.

export interface TimeSpan {
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

/** For Prisma's where, of a field of times; no condition where neither is said. */
export function during(field: string, { since, until }: TimeSpan): object {
  if (since === undefined && until === undefined) return {};
  return {
    [field]: {
      ...(since === undefined ? {} : { gte: new Date(since) }),
      ...(until === undefined ? {} : { lt: new Date(until) }),
    },
  };
}
