/**
 * Reads places in a picture: numbers in pixels, or cell names (`c2`: column letter, row from the top)
 * when the verifier gives the cell size. Boxes are half open, x right, y down.
 */
import { z } from 'zod';
import { listNumbers, normaliseText } from './text.ts';

export const boxSchema = z.object({
  x0: z.number(),
  y0: z.number(),
  x1: z.number(),
  y1: z.number(),
});
export type Box = z.output<typeof boxSchema>;

interface Cell {
  readonly column: number;
  readonly row: number;
}

/** The cells a text names, or undefined if it says anything but cells. */
function listCells(text: string): Cell[] | undefined {
  const words = normaliseText(text)
    .split(/[\s,;()[\]-]+/)
    .filter((word) => word !== '' && word !== 'to');
  const cells: Cell[] = [];
  for (const word of words) {
    const match = /^([a-z])(\d{1,2})$/.exec(word);
    if (match?.[1] === undefined || match[2] === undefined) return undefined;
    cells.push({ column: match[1].charCodeAt(0) - 'a'.charCodeAt(0), row: Number(match[2]) - 1 });
  }
  return cells;
}

/** A box from four numbers `x0 y0 x1 y1`, or from one or two corner cells. */
export function parseBox(text: string, cell: number | undefined): Box | undefined {
  const cells = cell === undefined ? undefined : listCells(text);
  if (cell !== undefined && cells !== undefined && (cells.length === 1 || cells.length === 2)) {
    const columns = cells.map((c) => c.column);
    const rows = cells.map((c) => c.row);
    return {
      x0: Math.min(...columns) * cell,
      y0: Math.min(...rows) * cell,
      x1: (Math.max(...columns) + 1) * cell,
      y1: (Math.max(...rows) + 1) * cell,
    };
  }
  const [x0, y0, x1, y1, ...rest] = listNumbers(text);
  if (x0 === undefined || y0 === undefined || x1 === undefined || y1 === undefined)
    return undefined;
  return rest.length === 0 && x1 > x0 && y1 > y0 ? { x0, y0, x1, y1 } : undefined;
}

/** A point from two numbers `x y`, or the middle of one cell. */
export function parsePoint(
  text: string,
  cell: number | undefined,
): { x: number; y: number } | undefined {
  const cells = cell === undefined ? undefined : listCells(text);
  const only = cells?.length === 1 ? cells[0] : undefined;
  if (cell !== undefined && only !== undefined)
    return { x: (only.column + 0.5) * cell, y: (only.row + 0.5) * cell };
  const [x, y, ...rest] = listNumbers(text);
  return x === undefined || y === undefined || rest.length > 0 ? undefined : { x, y };
}

/** Area of the overlap over area of the union, 0..1. */
export function boxIou(a: Box, b: Box): number {
  const width = Math.max(0, Math.min(a.x1, b.x1) - Math.max(a.x0, b.x0));
  const height = Math.max(0, Math.min(a.y1, b.y1) - Math.max(a.y0, b.y0));
  const overlap = width * height;
  const union = (a.x1 - a.x0) * (a.y1 - a.y0) + (b.x1 - b.x0) * (b.y1 - b.y0) - overlap;
  // Huge coordinates give inf/inf; such a box is simply no match.
  const iou = union > 0 ? overlap / union : 0;
  return Number.isFinite(iou) ? iou : 0;
}
