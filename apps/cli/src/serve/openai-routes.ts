// The addresses of `colora serve`: OpenAI's for models, chats and completions, and one for labels, which OpenAI has none for.
import { randomUUID } from 'node:crypto';
import type { WrittenToken } from '@colora/training/generation/token-logprobs';
import type { Prediction } from '@colora/training/tasks/tasks';
import { type AnswerForm, chatForm, completionForm, headOf, modelsBody } from './answers.ts';
import type { Answer, Request } from './http-door.ts';
import type { Line } from './one-at-a-time.ts';
import { readChat, readClassify, readCompletion, type Writing } from './requests.ts';
import { ServeError } from './serve-error.ts';
import type { ServedModels } from './served-models.ts';
import type { OnText } from './served-texts.ts';

export function openaiRoutes(models: ServedModels, line: Line) {
  const write = async (
    asked: Writing,
    form: AnswerForm,
    kind: 'chatcmpl' | 'cmpl',
    { signal }: Request,
    answer: Answer,
  ) => {
    const head = headOf(asked, kind, randomUUID());
    const told = (tokens: readonly WrittenToken[], offset: number) =>
      asked.logprobs === undefined ? null : { tokens, offset };
    if (!asked.stream) {
      const written = await line.take(() => models.write(asked, () => undefined, signal), signal);
      answer.send(form.whole(head, written, told(written.written ?? [], 0)));
      return;
    }
    let begun = false;
    let offset = 0;
    const onText: OnText = (text, tokens) => {
      const first = begun ? null : form.first(head);
      begun = true;
      if (first !== null) answer.event(first);
      answer.event(form.piece(head, text, told(tokens, offset)));
      for (const token of tokens) offset += token.text.length;
    };
    const written = await line.take(() => models.write(asked, onText, signal), signal);
    const first = begun ? null : form.first(head);
    if (first !== null) answer.event(first);
    answer.event(form.last(head, written));
    if (asked.streamUsage) answer.event(form.usage(head, written));
    answer.event('[DONE]');
    answer.end();
  };
  const routes: Readonly<Record<string, (request: Request, answer: Answer) => Promise<void>>> = {
    'GET /health': async (_, answer) => answer.send({ status: 'ok' }),
    'GET /v1/models': async (_, answer) => answer.send(modelsBody(models.list())),
    'POST /v1/chat/completions': async (request, answer) =>
      write(readChat(await request.json()), chatForm, 'chatcmpl', request, answer),
    'POST /v1/completions': async (request, answer) =>
      write(readCompletion(await request.json()), completionForm, 'cmpl', request, answer),
    'POST /v1/classify': async (request, answer) => {
      const asked = readClassify(await request.json());
      const predictions = await line.take(() => models.classify(asked), request.signal);
      answer.send({ object: 'list', model: asked.model, data: predictions.map(labelled) });
    },
  };
  return async (request: Request, answer: Answer): Promise<void> => {
    const route = routes[`${request.method} ${request.path}`];
    if (route !== undefined) return await route(request, answer);
    const known = Object.keys(routes).some((one) => one.endsWith(` ${request.path}`));
    if (known) throw new ServeError(405, 'wrong_method', `${request.path} doesn’t take ${request.method}`);
    throw new ServeError(
      404,
      'unknown_address',
      `there is no ${request.path} here: ${Object.keys(routes).join(', ')}`,
    );
  };
}

function labelled(prediction: Prediction, index: number) {
  return { object: 'classification', index, ...prediction };
}
