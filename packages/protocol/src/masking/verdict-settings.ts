// Which masked groups sum up their members' verdicts (masking-settings.ts says what that is).
import { isAccounted } from '../privacy/budget-settings.ts';
import type { SecureAggregation } from './masking-settings.ts';

interface Facts {
  readonly adapter: { readonly layout: string };
  readonly privacy: {
    readonly delta?: number | undefined;
    readonly secureAggregation?: SecureAggregation | undefined;
  };
}

/** Whether members' rows have room for figures of their verdicts. */
export function sumsVerdicts({ privacy }: Pick<Facts, 'privacy'>): boolean {
  return privacy.secureAggregation?.verdicts === true;
}

/** Of a group to be created that doesn't say: where members come to a verdict, and no budget would have to cover it. */
export function withVerdicts<Settings extends Facts>(settings: Settings): Settings {
  const { adapter, privacy } = settings;
  const { secureAggregation } = privacy;
  if (secureAggregation === undefined || secureAggregation.verdicts !== undefined) return settings;
  if (adapter.layout !== 'core' || isAccounted(settings)) return settings;
  return {
    ...settings,
    privacy: { ...privacy, secureAggregation: { ...secureAggregation, verdicts: true } },
  };
}
