// `npm run settings-page`: writes docs/settings.md anew.
import { writeFile } from 'node:fs/promises';
import { settingsPage } from './page.ts';

await writeFile(new URL('../../docs/settings.md', import.meta.url), settingsPage());
