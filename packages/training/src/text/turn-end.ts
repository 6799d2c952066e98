// The token that ends a turn, by what the chat template writes after an answer. Base models often come with a template
// whose end of a turn they name nowhere: they learn it from chats, and what they write has to end there.
import { TrainingError } from '../training-error.ts';
import type { ChatTemplate } from './chat-template.ts';
import type { TokenIds } from './read-tokenizer.ts';

const answer = 'Yes.';
const chat = {
  messages: [
    { role: 'user', content: 'No?' },
    { role: 'assistant', content: answer },
  ],
};

/** Empty where no special token follows an answer, or the template takes other chats only. */
export async function turnEndOf(
  template: ChatTemplate,
  { plain, decode }: Pick<TokenIds, 'plain' | 'decode'>,
): Promise<number[]> {
  try {
    const text = template.render(chat, { forAnswer: false, date: 'fixed' });
    const at = text.lastIndexOf(answer);
    if (at === -1) return [];
    const [first] = await plain(text.slice(at + answer.length).trimStart());
    return first !== undefined && (await decode([first])) === '' ? [first] : [];
  } catch (error) {
    if (error instanceof TrainingError) return [];
    throw error;
  }
}
