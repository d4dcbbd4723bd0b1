export interface Batch {
  readonly rows: number;
}
