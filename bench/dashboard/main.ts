// `npm run bench:dashboard`: how long each page of the dashboard takes from its address to being usable, with a coordinator that is
// old (200 members, 20 groups of 500 rounds, a million entries of the audit trail), and what an open page costs the coordinator.
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';
import type { Page } from 'playwright-core';
import { buildDashboard } from '../../test/support/build-dashboard.ts';
import { openChromium, withoutChromium } from '../../test/support/chromium.ts';
import { type Measured, median, report } from '../report.ts';
import { fill, sizeOf, sizeOptions } from '../rest/fill.ts';
import { startCoordinator } from '../service/coordinator-process.ts';
import { openPostgresServer } from '../service/postgres-server.ts';
import { cpuSeconds } from '../service/process-figures.ts';

const { values: flags } = parseArgs({
  options: {
    ...sizeOptions,
    repeats: { type: 'string', default: '5' },
    /** Seconds for which a page is left open: whatever it asks for by itself is asked for once a minute or two. */
    open: { type: 'string', default: '150' },
    json: { type: 'string' },
  },
});

/** Address, and what is to be read once the page is usable. */
const pages: readonly (readonly [place: string, shows: string])[] = [
  ['#/', 'group-9'],
  ['#/groups/group-3', 'Phases of a round'],
  ['#/groups/group-3/rounds', '500'],
  ['#/groups/group-3/rounds/7', 'member-'],
  ['#/groups/group-3/members', 'member-100'],
  ['#/groups/group-3/members/member-9', 'Enrolled'],
  ['#/groups/group-3/checkpoints', 'latest'],
  ['#/groups/group-3/settings', 'Batch size'],
  ['#/groups/group-3/events', 'When'],
  ['#/new', 'A group begins with a checkpoint'],
  ['#/participants', 'member-100'],
  ['#/keys', 'Last used'],
  ['#/audit', 'more than 10,000'],
];

if (withoutChromium !== false) throw new Error(`the bench needs it: ${withoutChromium}`);
await buildDashboard();
const postgres = await openPostgresServer();
const database = await postgres.createDatabase();
const coordinator = await startCoordinator(database.url);
const client = new pg.Client({ connectionString: database.url });
const browser = await openChromium();
const results: Measured[] = [];
try {
  await client.connect();
  await fill(client, coordinator.admin, sizeOf(flags));
  const page = await signIn();
  for (const [place, shows] of pages) results.push(await measured(page, place, shows));
  results.push(await openCost(page));
} finally {
  await browser.close();
  await client.end();
  await coordinator.kill();
  await database.drop();
  await postgres.close();
}
report(results);

async function signIn(): Promise<Page> {
  const { key } = await coordinator.admin.call('createKey', { body: { role: 'admin', name: 'bench' } });
  const page = await (await browser.newContext()).newPage();
  await page.goto(coordinator.url);
  await page.getByLabel('API key').fill(key);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { level: 1, name: 'Groups' }).waitFor();
  return page;
}

/** Each time the whole page is loaded anew. */
async function measured(page: Page, place: string, shows: string): Promise<Measured> {
  const times: number[] = [];
  for (let run = 0; run <= Number(flags.repeats); run += 1) {
    await page.goto('about:blank');
    const begin = performance.now();
    await page.goto(`${coordinator.url}/${place}`);
    await page.getByText(shows).first().waitFor();
    if (run > 0) times.push(performance.now() - begin);
  }
  return {
    case: place,
    implementation: 'the dashboard',
    median: median(times),
    unit: 'ms',
    peakMemoryMB: null,
  };
}

/** Of the coordinator's process, as a share of one core, while a group's page is open. */
async function openCost(page: Page): Promise<Measured> {
  await page.goto(`${coordinator.url}/#/groups/group-3`);
  await sleep(5_000);
  await page.goto('about:blank');
  const alone = await spent();
  await page.goto(`${coordinator.url}/#/groups/group-3`);
  await sleep(5_000); // opening isn't being open
  const withPage = await spent();
  const share = (seconds: number) => seconds / Number(flags.open);
  return {
    case: 'open for a while',
    implementation: 'the dashboard',
    median: share(withPage - alone),
    unit: 'share',
    peakMemoryMB: null,
    figures: { 'share without': share(alone), 'share with': share(withPage) },
  };
}

/** Processor seconds over the time that a page is left open. */
async function spent(): Promise<number> {
  const read = () => cpuSeconds([coordinator.pid]) ?? Number.NaN;
  const before = read();
  await sleep(1000 * Number(flags.open));
  return read() - before;
}
