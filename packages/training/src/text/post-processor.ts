// What a tokenizer.json puts around texts, checked before the library reads it: a template with a special token that it doesn't
// describe ends the whole process there, and no thread holds that. All else that can be wrong the library refuses itself.
import { ModelError } from '@colora/models/model-error';

/** Hugging Face's own format (tokenizers' processors/template.rs). */
interface Template {
  readonly single?: unknown;
  readonly pair?: unknown;
  readonly special_tokens?: unknown;
}

/** Throws ModelError `bad-tokenizer` naming the token; `text` is the file at `path`. */
export function assertTemplates(path: string, text: string): void {
  for (const { single, pair, special_tokens: described } of templatesIn(postProcessorOf(text))) {
    const unknown = [single, pair].flatMap(tokensIn).find((id) => !Object.hasOwn(Object(described), id));
    if (unknown === undefined) continue;
    throw new ModelError(
      'bad-tokenizer',
      `${path} puts ${JSON.stringify(unknown.slice(0, 60))} around texts (post_processor), and its special_tokens don't describe that; download it again`,
    );
  }
}

function postProcessorOf(text: string): unknown {
  try {
    return Object(JSON.parse(text)).post_processor;
  } catch {
    return undefined; // the library refuses it
  }
}

/** Itself, or those in a sequence of processors, which may be nested. */
function templatesIn(processor: unknown): Template[] {
  const { type, processors } = Object(processor) as {
    readonly type?: unknown;
    readonly processors?: unknown;
  };
  if (type === 'TemplateProcessing') return [processor as Template];
  return Array.isArray(processors) ? processors.flatMap(templatesIn) : [];
}

/** A template is a list, or a text such as `[CLS] $A:0 [SEP]`. */
function tokensIn(template: unknown): string[] {
  if (typeof template === 'string')
    return template
      .split(' ')
      .filter((piece) => piece !== '' && !piece.startsWith('$'))
      .map((piece) => piece.replace(/:\d+$/, ''));
  if (!Array.isArray(template)) return [];
  return template.flatMap((piece) => {
    const id: unknown = Object(Object(piece).SpecialToken).id;
    return typeof id === 'string' ? [id] : [];
  });
}
