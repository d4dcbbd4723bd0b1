/**
 * A conversation with a model: messages and pictures in, one row per token as it is drawn, with its
 * log-probability, entropy and the likeliest tokens in its place, then one `end`. The model stays
 * loaded for the next question.
 */
import { LabError } from '../../shared/errors.ts';
import { type JobParams, jobParams } from '../../shared/protocol/jobs.ts';
import { promptOf, readPictures, toSampling, toText } from '../bundle/bundle.ts';
import { readConversation } from '../data/messages.ts';
import { Rng } from '../rng.ts';
import { generate } from '../rollout/generate.ts';
import { tokenTexts } from '../tokenizer/tokenizer.ts';
import { defineJob, type JobContext } from './define.ts';
import { type LoadedModel, loadedModel } from './loaded-models.ts';

export const chat = defineJob({
  name: 'chat',
  params: jobParams.chat,
  async run(context, params) {
    const images = await readPictures(params.images);
    const bad = (problem: string) => new LabError('dataset/bad-row', `[chat] ${problem}`);
    const pictures = { images: images.length, isClip: false };
    const { messages, question, completion } = readConversation(params.messages, pictures, bad);
    if (completion !== undefined) throw bad('expected the conversation to end with a user turn');
    const model = loadedModel(params.model, params);
    context.signal.throwIfAborted();
    const asked = { question, messages, images, medium: 'pictures' as const };
    await answer(context, model, params, promptOf(model.bundle, asked));
    return { ok: true };
  },
});

async function answer(
  context: JobContext,
  { bundle, policy, loadSeconds }: LoadedModel,
  { sampling, topAlternatives }: JobParams<'chat'>,
  prompt: ReturnType<typeof promptOf>,
): Promise<void> {
  const started = performance.now();
  const ids: number[] = [];
  const texts = bundle.tokenizer.stream();
  const tokenText = (id: number) => tokenTexts(bundle.tokenizer, [id])[0] ?? '';
  const end = (finish: string) =>
    context.emit({
      type: 'row',
      row: {
        kind: 'end',
        text: toText(bundle, Int32Array.from(ids)),
        finish,
        promptTokens: prompt.ids.length,
        tokens: ids.length,
        seconds: (performance.now() - started) / 1000,
        loadSeconds,
      },
    });
  const request = { prompt, seed: BigInt(Rng.from(sampling.seed).fork('chat').bits()) };
  try {
    const [completion] = await generate(policy, [request], toSampling(bundle, sampling), {
      signal: context.signal,
      alternatives: topAlternatives,
      onToken(_, id, { logprob, entropy, top }) {
        const row = {
          kind: 'token',
          index: ids.length,
          id,
          text: texts.push(id),
          logprob,
          entropy,
          top: top.map((entry) => ({ ...entry, text: tokenText(entry.id) })),
        };
        ids.push(id);
        context.emit({ type: 'row', row });
      },
    });
    end(completion?.finish ?? 'stop');
  } catch (thrown) {
    if (context.signal.aborted) end('cancelled');
    throw thrown;
  }
}
