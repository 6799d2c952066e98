// `npm run generate`: makes the Prisma client now. The coordinator also does so by itself at start.
import { generateClient } from '../src/database/generated-client.ts';

await generateClient();
