/**
 * Reading a clock with an hour and a minute hand. Difficulty sets the grain of the minutes: whole
 * hours, quarters, five minutes; `harder` shows any minute. The answer is written 7:25.
 */

import type { Rng } from '../../rng.ts';
import { COLOURS, type Colour, PALETTE, sayNumber } from '../lexicon.ts';
import { Canvas } from '../raster.ts';
import { CELL } from '../scenes.ts';
import type { TaskDefinition, WorldImage } from '../types.ts';

const SIDE = 4 * CELL;
const RADIUS = 30;
const HOUR_HAND = 14;
const MINUTE_HAND = 24;
/** Minutes between readable times, by difficulty. */
const GRAINS = [60, 15, 5, 1] as const;

/** Times that only `combos` shows. */
function isHeldOutTime(hour: number, minute: number): boolean {
  return (hour + Math.floor(minute / 5)) % 4 === 3;
}

export const clock: TaskDefinition = {
  id: 'clock',
  about: 'read the time from a clock with two hands',
  levels: [1, 3],
  harderLevels: [4, 4],
  guessBound: 0.15,
  draft(rng, { difficulty, heldOut }) {
    const grain = GRAINS[difficulty - 1] ?? 1;
    for (;;) {
      const hour = rng.int(1, 12);
      const minute = rng.int(0, 60 / grain - 1) * grain;
      if (isHeldOutTime(hour, minute) !== heldOut) continue;
      const [rim, hand] = rng.sample(COLOURS, 2) as [Colour, Colour]; // two asked, two given
      const answer = `${hour}:${String(minute).padStart(2, '0')}`;
      const pointsTo =
        minute % 5 === 0
          ? sayNumber(minute / 5 || 12)
          : `after ${sayNumber(Math.floor(minute / 5) || 12)}`;
      const steps = [
        `hour hand ${minute === 0 ? 'at' : 'past'} ${sayNumber(hour)}`,
        `minute hand ${minute % 5 === 0 ? 'at ' : ''}${pointsTo}`,
      ];
      return {
        content: `${answer} ${rim} ${hand}`,
        heldOut,
        finish: (renderRng) => ({
          images: [drawClock(renderRng, hour, minute, rim, hand)],
          question: 'what time is it',
          answer,
          answerType: 'time',
          verifier: { kind: 'exact', params: { text: answer } },
          caption: `clock ${rim} hand ${hand} ${steps.join(' ')}`,
          boxes: [
            {
              image: 0,
              x0: SIDE / 2 - RADIUS,
              y0: SIDE / 2 - RADIUS,
              x1: SIDE / 2 + RADIUS,
              y1: SIDE / 2 + RADIUS,
              what: 'clock',
            },
          ],
          steps,
          thought: steps.join(' '),
          meta: { hour, minute, rim, hand },
        }),
      };
    }
  },
};

function drawClock(rng: Rng, hour: number, minute: number, rim: Colour, hand: Colour): WorldImage {
  const middle = SIDE / 2;
  const canvas = new Canvas(SIDE, SIDE).gradient([20, 20, 44], 0.8);
  canvas.disc(middle, middle, RADIUS, PALETTE[rim]);
  canvas.disc(middle, middle, RADIUS - 3, [236, 236, 228]);
  const spoke = (
    turn: number,
    from: number,
    to: number,
    width: number,
    colour: readonly [number, number, number],
  ): void => {
    const [sin, cos] = [Math.sin(turn * 2 * Math.PI), -Math.cos(turn * 2 * Math.PI)];
    canvas.line(
      middle + sin * from,
      middle + cos * from,
      middle + sin * to,
      middle + cos * to,
      width,
      colour,
    );
  };
  for (let tick = 0; tick < 12; tick++)
    spoke(
      tick / 12,
      RADIUS - (tick % 3 === 0 ? 8 : 6),
      RADIUS - 4,
      tick % 3 === 0 ? 2 : 1,
      [70, 70, 80],
    );
  const shade = rng.float(0, 24);
  spoke((minute / 60 + hour) / 12, 0, HOUR_HAND, 4, [24 + shade, 24 + shade, 30 + shade]);
  spoke(minute / 60, 0, MINUTE_HAND, 2.2, PALETTE[hand]);
  canvas.disc(middle, middle, 2.4, [24, 24, 30]);
  return canvas.image();
}
