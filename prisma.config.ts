// For Prisma's own tools (`npx prisma@7.10.0 migrate status`, `npx prisma@7.10.0 studio`) on a server's database; they are
// not installed with the rest. The coordinator needs neither: it applies the same migrations by itself at start.
import { readConfig } from './apps/coordinator/src/config.ts';

const url = readConfig().databaseUrl;

export default {
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  ...(url === undefined ? {} : { datasource: { url } }),
};
