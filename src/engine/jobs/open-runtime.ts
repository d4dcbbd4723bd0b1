/** The device a job asked for, opened: `auto` is CUDA where its provider loads, else the CPU. */
import { probeDevices } from '../runtime/device.ts';
import { Runtime } from '../runtime/runtime.ts';

export interface ComputeParams {
  readonly device: 'auto' | 'cpu' | 'cuda';
  readonly threads?: number | undefined;
}

/** @throws LabError `native/*` */
export function openRuntime(params: ComputeParams): Runtime {
  const device =
    params.device === 'auto' ? (probeDevices().cuda.isUsable ? 'cuda' : 'cpu') : params.device;
  return Runtime.open({
    device,
    ...(params.threads === undefined ? {} : { threads: params.threads }),
  });
}
