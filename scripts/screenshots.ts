// `npm run screenshots`: makes the pictures of the dashboard in docs/images, of a real coordinator on which real members train.
// Needs Chromium, as the dashboard's test does. The figures in the pictures are those of little reviews on the shipped model.
import { statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { runClient } from '@colora/client/daemon';
import { startTrainer } from '@colora/training/trainer';
import type { Browser } from 'playwright-core';
import { buildDashboard } from '../test/support/build-dashboard.ts';
import { openChromium, withoutChromium } from '../test/support/chromium.ts';
import { memberOptions } from '../test/support/members.ts';
import { reviews } from '../test/support/people.ts';
import { adminKey, makeGroup, startSystem } from '../test/support/system.ts';

const images = fileURLToPath(new URL('../docs/images', import.meta.url));
const mostBytes = 150_000;

interface Picture {
  readonly name: string;
  readonly place: string;
  readonly theme?: 'light' | 'dark';
  readonly width?: number;
  readonly height?: number;
  /** Once this is to be read. */
  readonly shows: string;
}

const pictures: readonly Picture[] = [
  { name: 'groups', place: '#/', height: 520, shows: 'tickets' },
  { name: 'group', place: '#/groups/reviews', height: 1180, shows: 'Phases of a round' },
  { name: 'group-dark', place: '#/groups/reviews', theme: 'dark', height: 1180, shows: 'Phases of a round' },
  { name: 'group-narrow', place: '#/groups/reviews', width: 400, height: 900, shows: 'Phases of a round' },
  { name: 'round', place: '#/groups/clinic/rounds/1', height: 760, shows: 'counted after' },
  { name: 'members', place: '#/groups/reviews/members', theme: 'dark', height: 600, shows: 'How alike' },
];

if (withoutChromium !== false) throw new Error(`the pictures need it: ${withoutChromium}`);
await buildDashboard();
const system = await startSystem();
const trainer = await startTrainer({ threads: 1 });
const stop = new AbortController();
const browser = await openChromium();
try {
  await stage();
  await mkdir(images, { recursive: true });
  for (const picture of pictures) await take(browser, picture);
} finally {
  stop.abort();
  await browser.close();
  await trainer.close();
  await system.close();
}

/** One group that is done, one under way, one paused, one that nobody joined. */
async function stage(): Promise<void> {
  const training = { personalSteps: 2, sharedSteps: 4, batchSize: 8 };
  const people = ['ada', 'bob', 'chidi', 'dora', 'emil', 'fay'];
  await makeGroup(system, 'reviews', { rounds: { count: 14, participants: people.length }, training });
  await Promise.all(people.map((name, person) => train('reviews', name, person)));
  await makeGroup(system, 'clinic', { rounds: { count: 8, participants: 3 }, training });
  await makeGroup(system, 'tickets', { rounds: { count: 20, participants: 3 } });
  await system.admin.call('pauseGroup', { params: { group: 'tickets' } });
  await makeGroup(system, 'letters', {}, false);
  for (const [person, name] of ['hana', 'ivo', 'jun'].entries())
    void train('clinic', name, person).catch(() => undefined);
  for (let contributions = 0; contributions < 3; await sleep(200)) {
    const { items } = await system.admin.call('listRounds', { params: { group: 'clinic' } });
    contributions = items[0]?.contributions ?? 0;
  }
}

async function train(group: string, name: string, person: number): Promise<void> {
  const options = memberOptions({ system, trainer }, group, name, {
    name,
    examples: reviews(person, 40),
    heldOut: reviews(person + 4, 12), // the same subjects in other words
    signal: stop.signal,
  });
  await runClient(options);
}

async function take(browser: Browser, picture: Picture): Promise<void> {
  const { name, place, theme = 'light', width = 1280, height = 800, shows } = picture;
  const context = await browser.newContext({ colorScheme: theme, viewport: { width, height } });
  const page = await context.newPage();
  await page.goto(system.url);
  await page.getByLabel('API key').fill(adminKey);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { level: 1, name: 'Groups' }).waitFor();
  await page.goto(`${system.url}/${place}`);
  await page.getByText(shows).first().waitFor();
  await page.waitForTimeout(800); // what is drawn, and the lists beside
  const path = join(images, `${name}.png`);
  await page.screenshot({ path });
  await context.close();
  const { size } = statSync(path);
  if (size > mostBytes) throw new Error(`${path} has ${size} bytes: show less of the page in it`);
  console.log(`${path}: ${size} bytes`);
}
