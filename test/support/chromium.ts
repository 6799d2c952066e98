// The browser that tests drive: Chromium as Debian has it, or where COLORA_TEST_CHROMIUM says; nothing is downloaded. What pages are
// to do is the tests' affair.
import { existsSync } from 'node:fs';
import axe, { type AxeResults } from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';

const path = process.env.COLORA_TEST_CHROMIUM ?? '/usr/bin/chromium';

/** Of tests that need it: false where it is there, else why they are skipped. */
export const withoutChromium = existsSync(path)
  ? false
  : `no Chromium at ${path} (COLORA_TEST_CHROMIUM names another)`;

export async function openChromium(): Promise<Browser> {
  return await chromium.launch({ executablePath: path, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

/** What axe finds wrong by its rules for WCAG 2.2 A and AA and for good practice, one line a finding. */
export async function findings(page: Page): Promise<string[]> {
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(axe.source);
  const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
  const ask = `axe.run(document, ${JSON.stringify({ runOnly: rules, resultTypes: ['violations'] })})`;
  const { violations } = await page.evaluate<AxeResults>(ask);
  return violations.map(
    ({ id, impact, nodes }) =>
      `${id} (${impact}): ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`,
  );
}
