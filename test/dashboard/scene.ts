// The dashboard before a test's eyes: one browser, one coordinator, pages that are signed in. What is done on them is the tests' affair.
import { join } from 'node:path';
import { after, before } from 'node:test';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { buildDashboard } from '../support/build-dashboard.ts';
import { openChromium } from '../support/chromium.ts';
import { adminKey, type System } from '../support/system.ts';

export const looks = [
  { colorScheme: 'light', viewport: { width: 1280, height: 900 } },
  { colorScheme: 'dark', viewport: { width: 400, height: 800 } },
] as const;

export interface Scene {
  readonly system: System;
  /** What went wrong on any page: a script that failed, something that the page's policy forbids. */
  readonly faults: readonly string[];
  openPage(look?: BrowserContextOptions): Promise<Page>;
  /** At the list of groups. The admin's pages share one session, as the windows of a browser do. */
  signedIn(look?: BrowserContextOptions, key?: string): Promise<Page>;
}

export function useScene(system: System): Scene {
  let browser: Browser;
  let session: Awaited<ReturnType<BrowserContext['storageState']>> | undefined;
  const faults: string[] = [];
  before(async () => {
    [browser] = await Promise.all([openChromium(), buildDashboard()]);
  });
  after(() => browser?.close());

  async function openPage(look: BrowserContextOptions = looks[0]): Promise<Page> {
    const page = await (await browser.newContext(look)).newPage();
    page.setDefaultTimeout(10_000);
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (message) => {
      if (/Content Security Policy|Refused to/.test(message.text())) faults.push(message.text());
    });
    await page.addInitScript(countShifts);
    return page;
  }

  return {
    system,
    faults,
    openPage,
    async signedIn(look = looks[0], key = adminKey) {
      const kept = key === adminKey ? session : undefined;
      const page = await openPage(kept === undefined ? look : { ...look, storageState: kept });
      await page.goto(system.url);
      if (kept === undefined) await signIn(page, key);
      await page.getByRole('heading', { level: 1, name: 'Groups' }).waitFor();
      if (key === adminKey) session ??= await page.context().storageState();
      return page;
    },
  };
}

export async function signIn(page: Page, key = adminKey): Promise<void> {
  await page.getByLabel('API key').fill(key);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Within the page that is open: nothing is loaded anew. */
export async function goTo(page: Page, place: string, shows: string | RegExp): Promise<void> {
  await page.goto(`${new URL(page.url()).origin}/${place}`);
  await page.getByText(shows).first().waitFor();
}

/** Into the folder that COLORA_TEST_PICTURES names, to be looked at; without one none is made. */
export async function picture(page: Page, place: string): Promise<void> {
  const folder = process.env.COLORA_TEST_PICTURES;
  if (folder === undefined) return;
  const name = `${place.replaceAll(/[^\w-]+/g, '-')}-${page.viewportSize()?.width}.png`;
  await page.screenshot({ path: join(folder, name), fullPage: true });
}

/** Presses a button and then that of the question which it asks. */
export async function confirmed(page: Page, button: string, action: string): Promise<void> {
  await page.getByRole('button', { name: button, exact: true }).first().click();
  await page.getByRole('dialog').getByRole('button', { name: action }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
}

export const focused = async (page: Page) => (await page.locator(':focus').textContent())?.trim();

const countShifts = `
  window.shifted = 0;
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput } of list.getEntries()) if (!hadRecentInput) window.shifted += value;
  }).observe({ type: 'layout-shift', buffered: true });
`;

/** How far things moved under the reader's eyes since it was last asked: Chromium's layout shift, 0.1 of which is good. */
export async function shiftSince(page: Page): Promise<number> {
  return Number(await page.evaluate('{ const since = window.shifted; window.shifted = 0; since; }'));
}
