// The public entry of the package `colora`, as colora.d.ts has it. What does the work is loaded when it is asked for.
import type { ExitCode } from '../exit-codes.ts';
import { explainError } from '../explain-error.ts';
import type {
  Asked,
  ColoraErrorCode,
  ColoraErrorOptions,
  GroupAddress,
  Joined,
  JoinOptions,
  Outcome,
  PersonalModel,
  PersonalOptions,
} from './colora.d.ts';

export class ColoraError extends Error {
  override readonly name = 'ColoraError';
  readonly code: ColoraErrorCode;
  readonly asked: Asked | null;

  constructor(code: ColoraErrorCode, message: string, { asked = null, ...options }: ColoraErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.asked = asked;
  }
}

export function joinGroup(where: GroupAddress, options: JoinOptions): Joined {
  const ending = new AbortController();
  const outcome = joinedBy(where, options, ending.signal);
  const stop = () => {
    ending.abort();
    return outcome;
  };
  return {
    outcome,
    stop,
    async leave() {
      await stop().catch(() => undefined); // told by the outcome; the membership is there all the same
      await told(async () => {
        const { readJoinOptions } = await import('./read-options.ts');
        const { endMembership, placeOf } = await import('./joining.ts');
        await endMembership(placeOf(where), readJoinOptions(options));
      });
    },
  };
}

async function joinedBy(where: GroupAddress, options: JoinOptions, ending: AbortSignal): Promise<Outcome> {
  let refused: () => Asked | null = () => null;
  const work = async () => {
    const { readJoinOptions } = await import('./read-options.ts');
    const { placeOf, runMember } = await import('./joining.ts');
    const { agreeingBy } = await import('./agreeing.ts');
    const checked = readJoinOptions(options);
    const agreeing = agreeingBy(checked.agree);
    refused = agreeing.refused;
    const signals = checked.signal === undefined ? [ending] : [ending, checked.signal];
    return await runMember(placeOf(where), checked, agreeing, AbortSignal.any(signals));
  };
  return await told(work, () => refused());
}

export async function loadPersonal(options: PersonalOptions): Promise<PersonalModel> {
  let refused: () => Asked | null = () => null;
  const open = async () => {
    const { readPersonalOptions } = await import('./read-options.ts');
    const { openPersonal } = await import('./personal.ts');
    const { agreeingBy } = await import('./agreeing.ts');
    const checked = readPersonalOptions(options);
    const agreeing = agreeingBy(checked.agree ?? []);
    refused = agreeing.refused;
    return await openPersonal(checked, agreeing);
  };
  const model = await told(open, () => refused());
  return {
    group: model.group,
    kind: model.kind,
    get checkpoint() {
      return model.checkpoint;
    },
    predict: (...given) => told(() => model.predict(...given)),
    generate: (...given) => told(() => model.generate(...given)),
    close: () => told(() => model.close()),
  };
}

async function told<Result>(
  work: () => Promise<Result>,
  refused: () => Asked | null = () => null,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const { code, message } = explainError(error);
    const asked = code === 'notAgreed' ? refused() : null;
    throw new ColoraError(codes[code] ?? 'failed', message, { cause: error, asked });
  }
}

/** Of the command's endings those that a program meets. */
const codes: Partial<Readonly<Record<ExitCode, ColoraErrorCode>>> = {
  usage: 'usage',
  badData: 'badData',
  badModel: 'badModel',
  unreachable: 'unreachable',
  unauthorized: 'unauthorized',
  forbidden: 'forbidden',
  notFound: 'notFound',
  refused: 'refused',
  workspace: 'workspace',
  diverged: 'diverged',
  contributionRefused: 'contributionRefused',
  files: 'files',
  excessive: 'excessive',
  notAgreed: 'notAgreed',
  noMemory: 'noMemory',
  interrupted: 'interrupted',
  terminated: 'interrupted',
};
