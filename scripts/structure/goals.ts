// What the structure is held to, and what may differ with its reason (the same stands in docs/decisions.md).

/** Files directly in one folder, tests included. */
export const filesInAFolder = 20;
/** Import floors between the rooms of one folder; a workspace's src is such a folder. */
export const floorsInAFolder = 8;
/** Lines of one source file. */
export const linesInAFile = 300;

/** Path -> what it may reach, and why. */
export const exceptions: Record<string, { readonly allowed: number; readonly because: string }> = {
  'packages/protocol/src/routes.ts': {
    allowed: 400,
    because: 'the table of all routes is one fact: server, client and OpenAPI are made from its rows',
  },
};
