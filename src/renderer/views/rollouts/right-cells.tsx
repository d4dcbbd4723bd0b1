/** How many of a group are right, as cells: filled, empty, and the number for a screen reader. */
import styles from './right-cells.module.css';

export function RightCells({
  right,
  size,
}: {
  readonly right: number | null;
  readonly size: number;
}) {
  if (right === null) return null;
  return (
    <span className={styles['cells']} role="img" aria-label={`${right} of ${size}`}>
      {Array.from({ length: Math.min(size, 16) }, (_, index) => (
        <span
          key={index}
          data-right={index < Math.round((right / size) * Math.min(size, 16)) || undefined}
        />
      ))}
    </span>
  );
}
