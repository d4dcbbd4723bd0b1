/** Every metric there is: id, unit, direction and what it means; families end in `*`. */
import { jobParams } from '../../shared/protocol/jobs.ts';
import { listMetrics } from '../recipes/metrics.ts';
import { defineJob } from './define.ts';

export const metricList = defineJob({
  name: 'metric-list',
  params: jobParams['metric-list'],
  async run(context) {
    for (const metric of listMetrics()) context.emit({ type: 'row', row: { ...metric } });
  },
});
