/**
 * One PNG with samples of every task of the starter world, to look at with own eyes:
 * `node scripts/world-sheet.mjs [out.png] [seed] [task,task,...]`; with names one sample of each.
 */
import { writeFileSync } from 'node:fs';
import sharp from 'sharp';
import { makeSample, TASKS } from '../src/engine/world/index.ts';

const out = process.argv[2] ?? 'world-sheet.png';
const seed = Number(process.argv[3] ?? 1);
const named = process.argv[4]?.split(',');
const COLUMNS = 3;
const SCALE = 2;
const TILE = { width: 4 * 64 * SCALE + 5 * 8, height: 96 * SCALE + 8 + 44 };

const tiles = (named ?? Object.keys(TASKS)).flatMap((task) => {
  const [low, high] = TASKS[task].levels;
  const middle = Math.round((low + high) / 2);
  return (named ? [middle] : [low, middle, high]).map((difficulty, index) =>
    makeSample({ task, split: 'train', seed, index, difficulty }),
  );
});

const layers = await Promise.all(
  tiles.map(async (sample, position) => {
    const left = (position % COLUMNS) * TILE.width;
    const top = Math.floor(position / COLUMNS) * TILE.height;
    let x = left + 8;
    const pictures = [];
    for (const { rgb, width, height } of sample.images) {
      const input = await sharp(rgb, { raw: { width, height, channels: 3 } })
        .resize(width * SCALE, height * SCALE, { kernel: 'nearest' })
        .png()
        .toBuffer();
      pictures.push({ input, left: x, top: top + 8 });
      x += width * SCALE + 8;
    }
    return [...pictures, { input: Buffer.from(label(sample)), left, top: top + TILE.height - 44 }];
  }),
);

const size = {
  width: COLUMNS * TILE.width,
  height: Math.ceil(tiles.length / COLUMNS) * TILE.height,
};
const sheet = await sharp({ create: { ...size, channels: 3, background: '#101014' } })
  .composite(layers.flat())
  .png()
  .toBuffer();
writeFileSync(out, sheet);
process.stdout.write(
  `${out}: ${tiles.length} samples of ${Object.keys(TASKS).length} tasks, ${size.width} x ${size.height}\n`,
);

function label({ task, difficulty, question, answer }) {
  const safe = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').slice(0, 92);
  const line = (text, y, colour) =>
    `<text x="8" y="${y}" fill="${colour}" font-family="monospace" font-size="11">${safe(text)}</text>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${TILE.width}" height="44">${line(`${task} ${difficulty}: ${question}`, 14, '#e8e8ee')}${line(answer, 32, '#8fd18f')}</svg>`;
}
