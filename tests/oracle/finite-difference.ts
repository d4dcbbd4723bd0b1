/**
 * Central differences of a scalar function of several arrays, in f64. Small arrays are checked
 * element by element, large ones at a seeded choice of elements and along one random direction.
 */
import { type Nd, random, range, total } from './nd.ts';

/** Up to this many elements every one is perturbed. */
const ALL = 48;
const CHOSEN = 16;

export interface Slope {
  readonly where: string;
  readonly expected: number;
  readonly actual: number;
}

/**
 * @param loss the function; called twice per probe
 * @param grad what is claimed to be d(loss)/d(inputs[which]), same shape
 * @param step distance of the two points from the middle
 */
export function slopes(
  loss: (inputs: readonly Nd[]) => number,
  inputs: readonly Nd[],
  which: number,
  grad: Nd,
  step: number,
): Slope[] {
  const x = inputs[which];
  if (x === undefined) throw new Error(`no input ${which}`);
  const { uniform, normal } = random(x.data.length + which);
  const unit = (i: number): number[] => x.data.map((_, j) => (i === j ? 1 : 0));
  const chosen =
    x.data.length <= ALL
      ? range(x.data.length)
      : range(CHOSEN).map(() => Math.floor(uniform() * x.data.length));
  const probes = chosen.map((i) => ({ where: `input ${which} element ${i}`, direction: unit(i) }));
  if (x.data.length > ALL) {
    const scale = x.data.length ** -0.5;
    probes.push({
      where: `input ${which} random direction`,
      direction: x.data.map(() => normal() * scale),
    });
  }
  const at = (direction: readonly number[], by: number) =>
    loss(
      inputs.map((input, i) =>
        i === which ? { ...x, data: x.data.map((v, j) => v + by * (direction[j] ?? 0)) } : input,
      ),
    );
  const found: Slope[] = [];
  for (const { where, direction } of probes) {
    const expected = (at(direction, step) - at(direction, -step)) / (2 * step);
    const actual = total(grad.data.map((value, j) => value * (direction[j] ?? 0)));
    found.push({ where, expected, actual });
  }
  return found;
}
