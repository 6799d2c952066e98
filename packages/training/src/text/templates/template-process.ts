// The process in which chat templates run: programs that came with a base model, which may never end or never stop growing. It holds
// nothing but them and the messages it is given; who asks is template-relay.ts, and it goes when that one is gone.
import { Script } from 'node:vm';
import { Template } from '@huggingface/jinja';
import { fixedDate } from './fixed-date.ts';
import { pastBudget, type TemplateAnswer, type TemplateAsked } from './template-messages.ts';

const templates = new Map<string, Template>();

/** As if it began with this statement: the library declares strftime_now itself, and takes no other by that name. */
function parsed({ source, date }: TemplateAsked): Template {
  const key = `${date} ${source}`;
  const template = templates.get(key) ?? new Template(source);
  if (date === 'fixed' && !templates.has(key))
    template.parsed.body.unshift(...new Template('{% set strftime_now = fixed_date %}').parsed.body);
  templates.set(key, template);
  return template;
}

function textOf(asked: TemplateAsked): string {
  const template = parsed(asked);
  return asked.given === null ? '' : template.render({ ...asked.given, fixed_date: fixedDate });
}

const work: { do: () => string } = { do: () => '' };
Object.assign(globalThis, { work });
/** Only what a script runs can be broken off. */
const script = new Script('work.do()');

function answerTo(asked: TemplateAsked): TemplateAnswer {
  work.do = () => textOf(asked);
  try {
    const text = script.runInThisContext({ timeout: 1000 * asked.seconds }) as string;
    return text.length <= asked.mostCharacters ? { text } : { error: `it writes ${text.length} characters` };
  } catch (error) {
    if (!(error instanceof Error)) return { error: String(error) };
    const isOver = 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
    return isOver ? pastBudget(asked) : { error: error.message };
  }
}

process.on('disconnect', () => process.exit());
process.on('message', (asked: TemplateAsked) => process.send?.(answerTo(asked)));
process.send?.('ready');
