/** placeholder */
import type { IntegrityReport, RepairReport } from '../../shared/model/workspace.ts';
export class Integrity {
  constructor(_options: { readonly db: unknown; readonly workspace: string }) {}
  async check(_options: { readonly isFull: boolean }): Promise<IntegrityReport> {
    throw new Error('not yet');
  }
  async repair(): Promise<RepairReport> {
    throw new Error('not yet');
  }
}
