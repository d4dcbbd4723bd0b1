/**
 * Boxes of any form in (Hugging Face `objects`, ms-swift `objects`, lists of `{bbox, label}`), regions
 * in 0..1 of the upright picture out. Numbers that do not fit the picture mean a wrong scale and make
 * the row a bad one rather than a wrong one.
 */
import type { BoxScale } from '../../../shared/model/import.ts';
import type { MediaRef } from '../../../shared/model/media.ts';
import type { Region, UnitBox } from '../../../shared/model/sample.ts';
import { kindOf, quoted, rowProblem } from './row-problem.ts';

interface RawBox {
  readonly numbers: readonly number[];
  readonly label: string;
  readonly image: number;
  readonly scale: Exclude<BoxScale, 'auto'>;
}

/** Annotators draw a little over the edge; more is another scale. */
const TOLERANCE = 0.02;
const MAX_BOXES = 10_000;
const LABELS = ['ref', 'categories', 'category', 'labels', 'label', 'names', 'name', 'class'];
const BOXES = ['bbox', 'bboxes', 'boxes', 'box', 'bbox_2d'];

/** @throws LabError `dataset/bad-row` */
export function readRegions(
  value: unknown,
  scale: BoxScale,
  images: readonly MediaRef[],
): Region[] {
  if (value === null || value === undefined) return [];
  const raw = rawBoxes(typeof value === 'string' ? parsed(value) : value);
  if (raw.length > MAX_BOXES) throw rowProblem(`more than ${MAX_BOXES} boxes`);
  return raw.map((box) => {
    const image = images[box.image];
    if (image === undefined)
      throw rowProblem(`a box names picture ${box.image + 1} of ${images.length}`);
    const unit = toUnit(box.numbers, scale === 'auto' ? box.scale : scale, image);
    return { label: box.label, image: box.image, box: unit, by: 'truth' };
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw rowProblem(`expected boxes, got the text ${quoted(text)}`, cause);
  }
}

function rawBoxes(value: unknown): RawBox[] {
  if (Array.isArray(value)) {
    const list: unknown[] = value;
    if (list.length > 0 && list.every((inner) => typeof inner === 'number'))
      return [plainBox(list)];
    return list.map((inner) => (Array.isArray(inner) ? plainBox(inner) : describedBox(inner)));
  }
  if (typeof value !== 'object' || value === null) {
    throw rowProblem(`expected boxes, got ${kindOf(value)}`);
  }
  return columnBoxes(value);
}

/** A box without a word about its form: 0..1 when everything is, else corners in pixels. */
function plainBox(value: readonly unknown[]): RawBox {
  const numbers = fourNumbers(value);
  const isUnit = numbers.every((number) => number <= 1);
  return { numbers, label: '', image: 0, scale: isUnit ? 'unit-xyxy' : 'pixels-xyxy' };
}

function describedBox(value: unknown): RawBox {
  if (typeof value !== 'object' || value === null) {
    throw rowProblem(`expected a box, got ${kindOf(value)}`);
  }
  const fields = new Map<string, unknown>(Object.entries(value));
  const name = BOXES.find((candidate) => fields.has(candidate));
  if (name === undefined) throw rowProblem(`a box without ${BOXES.join(', ')}`);
  const labelName = LABELS.find((candidate) => fields.has(candidate));
  const numbers = fourNumbers(fields.get(name));
  return {
    numbers,
    label: labelName === undefined ? '' : labelText(fields.get(labelName)),
    image: imageOf(fields.get('image_id') ?? fields.get('image')),
    scale: name === 'bbox_2d' ? 'pixels-xyxy' : scaleOf(numbers, 'pixels-xywh'),
  };
}

/** `objects`: one list of boxes and one of words, as Hugging Face and ms-swift have it. */
function columnBoxes(value: object): RawBox[] {
  const fields = new Map<string, unknown>(Object.entries(value));
  const boxes = BOXES.map((name) => fields.get(name)).find(Array.isArray);
  if (boxes === undefined) throw rowProblem(`boxes without ${BOXES.join(', ')}`);
  const labelName = LABELS.find((name) => Array.isArray(fields.get(name)));
  const labels: unknown = labelName === undefined ? [] : fields.get(labelName);
  const images: unknown = fields.get('image_id');
  const isSwift = fields.has('ref') || fields.has('bbox_type');
  const type = fields.get('bbox_type') === 'norm1' ? 'unit-xyxy' : 'pixels-xyxy';
  return boxes.map((box: unknown, i) => {
    const numbers = fourNumbers(box);
    return {
      numbers,
      label: labelText(Array.isArray(labels) ? labels[i] : undefined),
      image: imageOf(Array.isArray(images) ? images[i] : undefined),
      scale: isSwift ? type : scaleOf(numbers, 'pixels-xywh'),
    };
  });
}

function scaleOf(numbers: readonly number[], otherwise: RawBox['scale']): RawBox['scale'] {
  return numbers.every((number) => number <= 1) ? 'unit-xyxy' : otherwise;
}

function labelText(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function imageOf(value: unknown): number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : 0;
}

function fourNumbers(value: unknown): number[] {
  if (!Array.isArray(value) || value.length !== 4) {
    throw rowProblem(`expected a box of 4 numbers, got ${quoted(value)}`);
  }
  const numbers = value.map(Number);
  if (!numbers.every(Number.isFinite)) throw rowProblem(`a box with ${quoted(value)}`);
  return numbers;
}

function toUnit(
  numbers: readonly number[],
  scale: Exclude<BoxScale, 'auto'>,
  image: MediaRef,
): UnitBox {
  const [a = 0, b = 0, c = 0, d = 0] = numbers;
  const { width = 1, height = 1 } = image;
  const unit = corners(a, b, c, d, scale, width, height);
  if (unit.some((number) => number < -TOLERANCE || number > 1 + TOLERANCE)) {
    throw rowProblem(
      `the box ${numbers.join(', ')} does not fit the picture of ${width} x ${height} as ${scale}: choose another box scale`,
    );
  }
  const [x1, y1, x2, y2] = unit;
  if (x2 < x1 || y2 < y1)
    throw rowProblem(`the box ${numbers.join(', ')} as ${scale} ends before it starts`);
  return [clamped(x1), clamped(y1), clamped(x2), clamped(y2)];
}

function corners(
  a: number,
  b: number,
  c: number,
  d: number,
  scale: Exclude<BoxScale, 'auto'>,
  width: number,
  height: number,
): UnitBox {
  switch (scale) {
    case 'pixels-xywh':
      return [a / width, b / height, (a + c) / width, (b + d) / height];
    case 'pixels-xyxy':
      return [a / width, b / height, c / width, d / height];
    case 'thousand-xyxy':
      return [a / 1000, b / 1000, c / 1000, d / 1000];
    case 'percent-xywh':
      return [a / 100, b / 100, (a + c) / 100, (b + d) / 100];
    case 'unit-xyxy':
      return [a, b, c, d];
  }
}

function clamped(value: number): number {
  return Math.min(1, Math.max(0, value));
}
