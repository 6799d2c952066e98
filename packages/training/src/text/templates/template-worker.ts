// The thread in which chat templates run: programs that came with a base model, which may never end or never stop growing. It holds
// nothing but them and the messages it is given; who asks, and how long it is waited for, is template-thread.ts.
import { workerData } from 'node:worker_threads';
import { Template } from '@huggingface/jinja';
import { fixedDate } from './fixed-date.ts';
import type { TemplateAnswer, TemplateAsked, TemplateThreadData } from './template-thread.ts';

const { port, answered } = workerData as TemplateThreadData;
const flag = new Int32Array(answered);
const templates = new Map<string, Template>();

function tell(answer: TemplateAnswer): void {
  port.postMessage(answer);
  Atomics.store(flag, 0, 1);
  Atomics.notify(flag, 0);
}

/** As if it began with this statement: the library declares strftime_now itself, and takes no other by that name. */
function parsed({ source, date }: TemplateAsked): Template {
  const key = `${date} ${source}`;
  const template = templates.get(key) ?? new Template(source);
  if (date === 'fixed' && !templates.has(key))
    template.parsed.body.unshift(...new Template('{% set strftime_now = fixed_date %}').parsed.body);
  templates.set(key, template);
  return template;
}

port.on('message', (asked: TemplateAsked) => {
  const { given, mostCharacters } = asked;
  try {
    const template = parsed(asked);
    const text = given === null ? '' : template.render({ ...given, fixed_date: fixedDate });
    tell(text.length <= mostCharacters ? { text } : { error: `it writes ${text.length} characters` });
  } catch (error) {
    tell({ error: error instanceof Error ? error.message : String(error) });
  }
});
tell({ text: 'ready' });
