// For Prisma's own tools (`npx prisma migrate deploy`, `prisma studio`) on a server's database. The
// coordinator does not need it: it applies the same migrations by itself at start.
import { defineConfig } from 'prisma/config';
import { readConfig } from './apps/coordinator/src/config.ts';

const url = readConfig().databaseUrl;

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  ...(url === undefined ? {} : { datasource: { url } }),
});
