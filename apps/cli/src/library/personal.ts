// What a workspace has learnt in one group, for a program of somebody else's: served as `colora serve` does, without its address.
// What is thrown here becomes ColoraError in library.ts.
import { openSentList } from '@colora/client/sent/open-sent-list';
import { readTrained } from '@colora/client/trained';
import { taskKindTable } from '@colora/protocol/task-kinds';
import { startTrainer } from '@colora/training/trainer';
import { resolveGroupsModel } from '../base-model/resolve-base-model.ts';
import { forWriting } from '../generate/text-model.ts';
import { openLine } from '../serve/one-at-a-time.ts';
import { servedGroup } from '../serve/served-group.ts';
import { openServed } from '../serve/served-models.ts';
import { UsageError } from '../usage-error.ts';
import type { Agreeing } from './agreeing.ts';
import type { PersonalModel, PersonalOptions } from './colora.d.ts';
import { displayFor } from './model-display.ts';
import {
  readGenerateOptions,
  readOnText,
  readPredictOptions,
  readPrompt,
  readTexts,
} from './read-options.ts';
import { engineOf } from './trainer-options.ts';

const usualTokens = 256;

export async function openPersonal(options: PersonalOptions, agreeing: Agreeing): Promise<PersonalModel> {
  const { workspace, group, onNote, signal = new AbortController().signal } = options;
  const note = (message: string) => onNote?.({ level: 'info', message });
  const { group: known, version } = await readTrained(workspace, group);
  const { task, baseModel: base } = known.settings;
  const { kind } = task;
  const { writes } = taskKindTable[kind];
  const sent = openSentList(workspace);
  const engine = engineOf(options);
  const trainer = await startTrainer({ ...(writes ? forWriting(engine) : engine), log: note });
  try {
    const models = await openServed({
      trainer,
      groups: [servedGroup(group, workspace, group)],
      async baseModelOf({ baseModelSource: remembered }) {
        const fetching = { agree: agreeing.agreeToDownload, signal, sent };
        const places = { flag: options.baseModel, remembered };
        return (await resolveGroupsModel(places, base, fetching, displayFor(options))).folder;
      },
      baseModel: null,
      say: note,
    });
    const line = openLine(Number.POSITIVE_INFINITY);
    const names = {
      personal: group,
      shared: `${group}/shared`,
      base: models.factsOf(group).base ?? base.name,
    };
    return {
      group,
      kind,
      get checkpoint() {
        return models.factsOf(group).version ?? version;
      },
      async predict(given, asked = {}) {
        const { part = 'personal', signal = never() } = readPredictOptions(asked);
        const texts = readTexts(given);
        if (writes) throw new UsageError(`predict: ${group} trains a language model: use generate`);
        if (texts.length === 0) return [];
        return await line.take(() => models.classify({ model: names[part], texts }), signal);
      },
      async generate(given, asked = {}, onText) {
        const {
          part = 'personal',
          maxTokens = usualTokens,
          stop = [],
          ...draws
        } = readGenerateOptions(asked);
        const { temperature = 0, topP = 1, seed = 0, signal = never() } = draws;
        const [prompt, tell = () => undefined] = [readPrompt(given), readOnText(onText)];
        if (!writes) throw new UsageError(`generate: ${group} labels texts and writes none: use predict`);
        const writing = { model: names[part], prompt, maxTokens, stop, temperature, topP, seed };
        const whole = { ...writing, stream: false, streamUsage: false };
        return await line.take(() => models.write(whole, (text) => tell(text), signal), signal);
      },
      close: () => trainer.close(),
    };
  } catch (error) {
    await trainer.close();
    throw error;
  }
}

const never = () => new AbortController().signal;
