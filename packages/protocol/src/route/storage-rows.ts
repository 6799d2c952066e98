// Rows of the routes table about what is stored.
import { storageSchema } from '../storage/storage.ts';
import type { Route } from './route.ts';
import { operators } from './row-parts.ts';

export const storageRows = {
  showStorage: {
    method: 'GET',
    path: '/v1/storage',
    access: operators,
    scoped: true,
    summary: 'Bytes stored for each group, what retention frees, and how much room is left',
    answer: storageSchema,
  },
} as const satisfies Record<string, Route>;
