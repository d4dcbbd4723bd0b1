/** `rationale generate`: a question, perhaps with pictures, in; one row per completion out. */
import { LabError } from '../../shared/errors.ts';
import { jobParams } from '../../shared/protocol/jobs.ts';
import { readPictures, toPrompt, toSampling, toText, visualsOf } from '../bundle/bundle.ts';
import { Rng } from '../rng.ts';
import { generate as sample } from '../rollout/generate.ts';
import { STARTER } from '../training/assemble.ts';
import { openModel } from '../training/open-model.ts';
import { defineJob } from './define.ts';
import { openRuntime } from './open-runtime.ts';

export const generate = defineJob({
  name: 'generate',
  params: jobParams.generate,
  async run(context, params) {
    const isClip = params.frames.length > 0;
    if (isClip && params.images.length > 0) {
      throw new LabError('cli/usage', '[generate] --image and --frame exclude each other', {
        hint: 'Give pictures of their own with --image, or the frames of one clip with --frame.',
      });
    }
    const pictures = await readPictures(isClip ? params.frames : params.images);
    const { bundle, policy } = openModel(openRuntime(params), params.model ?? STARTER);
    const visuals = visualsOf(bundle, { images: pictures, medium: isClip ? 'video' : 'pictures' });
    const prompt = toPrompt(bundle, { visuals, text: params.prompt, system: params.system });
    const draws = Rng.from(params.seed).fork('generate');
    const requests = Array.from({ length: params.samples }, (_, i) => ({
      prompt,
      seed: BigInt(draws.fork(i).bits()),
    }));
    const started = performance.now();
    const completions = await sample(policy, requests, toSampling(bundle, params), {
      signal: context.signal,
    });
    const seconds = (performance.now() - started) / 1000;
    completions.forEach((completion, i) => {
      const text = toText(bundle, completion.ids);
      const logprob = completion.logprobs.reduce((sum, value) => sum + value, 0);
      context.emit({
        type: 'row',
        row: {
          sample: i,
          text,
          tokens: completion.ids.length,
          prompt_tokens: prompt.ids.length,
          finish: completion.finish,
          logprob,
          seconds,
        },
      });
    });
    return { ok: true };
  },
});
