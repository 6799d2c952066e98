// Rounds that the coordinator lost, told to it: its database was put back to an earlier day, and this workspace holds its receipts of since.
// Only where that matters to others: what a budget spent meanwhile, and which masked rounds must not come again.
import { ApiProblem } from '@colora/protocol/api-client';
import { isAccounted } from '@colora/protocol/privacy/budget-settings';
import { mostReceipts } from '@colora/protocol/proofs/lost-rounds';
import { contributionForm } from '@colora/protocol/proofs/statement';
import { isMasked } from '@colora/protocol/task-settings';
import { retry } from '../../line/backoff.ts';
import { readReceipts } from '../../receipts/receipt-store.ts';
import type { Session } from '../../session/open-session.ts';

/**
 * The newest receipts of rounds behind `after`; nothing where there are none. What is there is counted once, however often it is told. A
 * coordinator that takes none of them is no reason not to go on.
 */
export async function tellLostRounds(
  {
    api,
    group,
    paths,
    keys,
    options,
    log,
  }: Pick<Session, 'api' | 'group' | 'paths' | 'keys' | 'options' | 'log'>,
  after = 0,
): Promise<void> {
  if (!isMasked(group.settings) && !isAccounted(group.settings)) return;
  const kept = await readReceipts(paths.receipts);
  const receipts = kept.flatMap(({ statement, receipt }) => {
    const said = contributionForm.read(statement);
    const isOfNow = said?.groupCreatedAt === group.createdAt && said.key === keys.signer.publicKey;
    return isOfNow && receipt.key === keys.coordinatorKey && said.round > after
      ? [{ statement, receipt }]
      : [];
  });
  if (receipts.length === 0) return;
  const { signal, backoff } = options;
  const body = { receipts: receipts.slice(-mostReceipts) };
  const call = () => api.call('putReceipts', { params: { group: group.name }, body, signal });
  try {
    const { lost } = await retry(call, { signal, log, doing: 'showing receipts of lost rounds', backoff });
    if (lost > 0)
      log(
        'warn',
        `rounds that the coordinator has lost, told to it by its own receipts: ${lost}; it counts them`,
      );
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    log('warn', `the coordinator takes no receipts of rounds that it has lost: ${error.message}`);
  }
}
