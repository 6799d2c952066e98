// A member that signs what it sends and keeps its receipts, without a daemon or training: for tests of what is proved of them.
import type { KeptReceipt } from '@colora/client/kept-proofs';
import { joinAs, type TestMember } from '@colora/coordinator/testing/group';
import { encodeContributionMetadata } from '@colora/protocol/contribution';
import { makePrivateKey, openSigner, signatureHeader } from '@colora/protocol/proofs/signatures';
import { contributionForm } from '@colora/protocol/proofs/statement';
import { sha256Hex } from '@colora/protocol/sha256';
import type { TensorMap } from '@colora/tensors/tensor';
import { type EncodeWireOptions, encodeWire } from '@colora/tensors/wire/wire-file';

export interface SignedMember
  extends Pick<TestMember, 'name' | 'api' | 'until' | 'assignment' | 'checkpoint'> {
  readonly receipts: readonly KeptReceipt[];
  /** Makes a contribution for the round that it is in now; sent when the result is called, however late that is. */
  make(update: TensorMap, options?: MadeSo): Promise<() => Promise<void>>;
}

export interface MadeSo extends Partial<Pick<EncodeWireOptions, 'encoding' | 'keep'>> {
  readonly examples?: number;
}

export async function joinSigned(url: string, name: string, group: string): Promise<SignedMember> {
  const signer = openSigner(makePrivateKey())!;
  const member = await joinAs(url, name, group);
  const { api, until, assignment, checkpoint } = member;
  const joined = await api.call('joinGroup', { params: { group }, body: { signingKey: signer.publicKey } });
  const receipts: KeptReceipt[] = [];
  return {
    ...{ name, api, until, assignment, checkpoint, receipts },
    async make(update, { examples = 1, encoding = 'f32', keep } = {}) {
      const now = await until('a round of its own', ({ round }) => round?.contributed === false);
      const { number, version } = now.round!;
      const claims = { kind: 'delta', version, round: number, examples } as const;
      const order = [...(await checkpoint(version)).keys()];
      const metadata = encodeContributionMetadata(claims);
      const bytes = encodeWire(update, {
        encoding,
        metadata,
        order,
        ...(keep === undefined ? {} : { keep }),
      });
      const sha256 = sha256Hex(bytes);
      const statement = contributionForm.write({
        ...{ group, groupCreatedAt: joined.group.createdAt, participant: name, key: signer.publicKey },
        ...{ ...claims, checkpoint: now.checkpoint!.sha256, personalLoss: null, sharedLoss: null },
        ...{ sha256, bytes: bytes.length },
      });
      const signature = signer.sign(statement);
      return async () => {
        const headers = { [signatureHeader]: signature };
        const params = { group, round: number };
        const { receipt } = await api.call('putContribution', { params, bytes, sha256, headers });
        receipts.push({ statement, signature, receipt: receipt! });
      };
    },
  };
}
