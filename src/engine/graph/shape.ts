/**
 * Arithmetic on shapes with symbolic sizes. Two symbolic sizes are equal when their names are;
 * nothing is assumed about the others. Every rule throws a `graph/shape-mismatch` that the builder
 * completes with the op and the source line.
 */
import { mismatch } from './ops/op.ts';
import { type Dim, formatShape, type Value } from './value.ts';

/** NumPy broadcasting of any number of shapes. */
export function broadcast(...shapes: readonly (readonly Dim[])[]): Dim[] {
  const rank = Math.max(...shapes.map((s) => s.length));
  return Array.from({ length: rank }, (_, axis) => {
    let size: Dim = 1;
    for (const shape of shapes) {
      const dim = shape[axis - rank + shape.length] ?? 1;
      if (dim === 1 || dim === size) continue;
      if (size !== 1) {
        throw mismatch(`shapes do not broadcast: got ${shapes.map(formatShape).join(' and ')}`);
      }
      size = dim;
    }
    return size;
  });
}

export function sameShape(a: readonly Dim[], b: readonly Dim[]): boolean {
  return a.length === b.length && a.every((dim, axis) => dim === b[axis]);
}

/** Axes over which a gradient of shape `wide` is summed to reach the broadcast input `narrow`. */
export function broadcastAxes(narrow: readonly Dim[], wide: readonly Dim[]): number[] {
  const lead = wide.length - narrow.length;
  return wide.flatMap((dim, axis) =>
    axis < lead || (narrow[axis - lead] === 1 && dim !== 1) ? [axis] : [],
  );
}

/** Number of elements; undefined where a size is symbolic. */
export function elements(shape: readonly Dim[]): number | undefined {
  return shape.reduce<number | undefined>(
    (product, dim) =>
      product === undefined || typeof dim === 'string' ? undefined : product * dim,
    1,
  );
}

export function addDims(dims: readonly Dim[]): Dim {
  const known = dims.reduce<number>((sum, d) => (typeof d === 'number' ? sum + d : sum), 0);
  const names = dims.filter((d) => typeof d === 'string');
  if (names.length === 0) return known;
  return [...names, ...(known === 0 ? [] : [known])].join('+');
}

/**
 * Target shape in ONNX form: 0 keeps the size of the same axis, -1 takes what is left.
 * @throws when more than one symbolic size is new, or the known sizes cannot agree
 */
export function reshapeTarget(from: readonly Dim[], to: readonly Dim[]): number[] {
  const says = `cannot reshape ${formatShape(from)} to ${formatShape(to)}`;
  const kept = to.map((dim, axis) => typeof dim === 'string' && from[axis] === dim);
  const fresh = to.filter((dim, axis) => typeof dim === 'string' && !kept[axis]);
  if (fresh.length > 1) {
    throw mismatch(
      `${says}: ${fresh.join(' and ')} are both unknown`,
      'only one symbolic size may move or be new',
    );
  }
  const names = (dims: readonly Dim[]) => dims.filter((d) => typeof d === 'string').sort();
  const known = (dims: readonly Dim[]) => elements(dims.filter((d) => typeof d === 'number')) ?? 1;
  if (names(from).join() === names(to).join() && known(from) !== known(to)) {
    throw mismatch(`${says}: the number of elements changes`);
  }
  if (fresh.length === 0 && names(from).length > names(to).length) {
    throw mismatch(`${says}: a symbolic size is lost`);
  }
  return to.map((dim, axis) => (kept[axis] ? 0 : typeof dim === 'string' ? -1 : dim));
}

/** Size of `[start, end)` of an axis; symbolic where that cannot be known. */
export function sliceSize(dim: Dim, start: number, end: number | undefined): Dim {
  if (typeof dim === 'number') {
    const at = (i: number) => Math.min(Math.max(i < 0 ? i + dim : i, 0), dim);
    const size = at(end ?? dim) - at(start);
    if (size < 0 || (end !== undefined && end > dim)) {
      throw mismatch(`slice [${start}, ${end ?? 'end'}) is outside an axis of size ${dim}`);
    }
    return size;
  }
  if (end === undefined) return start < 0 ? -start : start === 0 ? dim : `${dim}-${start}`;
  if (start >= 0 === end >= 0) return end - start;
  return start >= 0 ? `${dim}-${start - end}` : `${dim}[${start}:${end}]`;
}

/** `rank`, the number of axes, as the rules say it in messages. */
export function expectRank(value: Value, rank: number, what: string): void {
  if (value.shape.length !== rank) {
    throw mismatch(`${what} must have ${rank} axes: got ${formatShape(value.shape)}`);
  }
}

export function expectShape(value: Value, shape: readonly Dim[], what: string): void {
  if (!sameShape(value.shape, shape)) {
    throw mismatch(`${what} must be ${formatShape(shape)}: got ${formatShape(value.shape)}`);
  }
}
