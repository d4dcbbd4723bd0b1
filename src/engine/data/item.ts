/**
 * One row of training or evaluation data, whatever it came from: what is asked, how an answer is
 * judged, and the completions written for it. Sources give items by index, so a run's position in
 * its data is a number.
 */
import type { RgbImage } from '../files/image.ts';
import type { RewardSample } from '../sample.ts';
import type { ItemMessage } from './messages.ts';

export interface Item extends RewardSample {
  /** Stable over runs; names the item in rollout files and seeds its draws. */
  readonly id: string;
  /** Text of the last user turn. */
  readonly question: string;
  /** A conversation with its pictures in place; undefined = pictures, then the question. */
  readonly messages?: readonly ItemMessage[] | undefined;
  readonly images: readonly RgbImage[];
  /** The pictures as the row names them; empty for the starter world. */
  readonly media: readonly string[];
  /** Id of the sample of the starter world that the item is, or takes its pictures from. */
  readonly world: string | undefined;
  /** Whether the images are pictures of their own or the frames of one clip. */
  readonly medium: 'pictures' | 'video';
  /** Where the item belongs in reports. */
  readonly task: string;
  readonly difficulty: number | undefined;
  /** A completion to imitate. */
  readonly completion: string | undefined;
  /** A completion that is worse than `completion`, for preference pairs. */
  readonly rejected: string | undefined;
}

export interface ItemSource {
  /** How many there are; undefined = as many as asked. */
  readonly count: number | undefined;
  at(index: number): Promise<Item>;
}
