// What passes between whoever asks for a chat's text (template-thread.ts), the thread beside it (template-relay.ts) and the process
// that templates run in (template-process.ts), and what a template may take.

export interface TemplateAsked {
  readonly source: string;
  readonly date: 'fixed' | 'today';
  /** What the template reads; null: parse it only. */
  readonly given: Readonly<Record<string, unknown>> | null;
  readonly mostCharacters: number;
  readonly seconds: number;
}

/** `ended`: it went on past its budget, and would again. */
export type TemplateAnswer = { readonly text: string } | { readonly error: string; readonly ended?: boolean };

export const mostMegabytes = 512;

export function pastBudget({ seconds }: Pick<TemplateAsked, 'seconds'>): TemplateAnswer {
  const limits = `the ${seconds} seconds or the ${mostMegabytes} MB`;
  return { error: `it takes more than ${limits} that a chat template may take`, ended: true };
}
