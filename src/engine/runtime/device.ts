/**
 * What this machine can run on, for `rationale doctor` and error hints. In: nothing. Out: the CPU's
 * instruction set, and for CUDA every missing part with the command that provides it. Nothing is
 * opened on a GPU unless every part is there.
 */
import { existsSync } from 'node:fs';
import { arch, availableParallelism, cpus, platform, totalmem } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { LabError } from '../../shared/errors.ts';
import { type CudaDriverInfo, loadAddon, type NativeAddon } from '../native/binding.ts';
import { findLibrary, packageFolder } from './library.ts';
import { Runtime } from './runtime.ts';

export interface MissingPart {
  /** What is missing, e.g. `NVIDIA driver`. */
  readonly part: string;
  /** How that shows. */
  readonly reason: string;
  /** What to do about it; a command where there is one. */
  readonly fix: string;
}

export interface CpuReport {
  readonly model: string;
  readonly isa: 'portable' | 'avx2' | 'avx512';
  readonly threads: number;
  readonly memoryBytes: number;
}

export interface CudaReport {
  readonly isUsable: boolean;
  readonly missing: readonly MissingPart[];
  readonly devices: CudaDriverInfo['devices'];
  /** The CUDA version the driver supports, e.g. `12.4`; absent without a driver. */
  readonly driverCuda?: string;
}

export interface DeviceReport {
  readonly cpu: CpuReport;
  readonly cuda: CudaReport;
  readonly onnxRuntime: { readonly path: string; readonly version: string };
}

/** The CUDA major version the provider is built for; a newer driver runs it as well. */
const CUDA_MAJOR = 12;
const PROVIDER_FILES = ['libonnxruntime_providers_shared.so', 'libonnxruntime_providers_cuda.so'];
/** Libraries the CUDA provider is linked against, by the package that ships them. */
const CUDA_LIBRARIES = [
  {
    part: 'CUDA 12 libraries',
    files: [
      'libcudart.so.12',
      'libcublas.so.12',
      'libcublasLt.so.12',
      'libcurand.so.10',
      'libcufft.so.11',
    ],
    fix: "install cuda-libraries-12-x from NVIDIA's package repository, its folder on LD_LIBRARY_PATH",
  },
  {
    part: 'cuDNN 9',
    files: ['libcudnn.so.9'],
    fix: "install libcudnn9-cuda-12 from NVIDIA's package repository",
  },
];

/** The command that downloads the CUDA provider into the installed `onnxruntime-node`. */
export function cudaInstallCommand(): string {
  const script = join(packageFolder(), 'script', 'install.js');
  const path = relative(process.cwd(), script);
  return `ONNXRUNTIME_NODE_INSTALL=cuda12 node ${path.startsWith('..') ? script : path}`;
}

/** @throws LabError native/build-missing, native/library-missing, native/version */
export function probeDevices(): DeviceReport {
  const addon = loadAddon();
  const path = findLibrary();
  const runtime = Runtime.open({ device: 'cpu' });
  const { version } = runtime.info;
  runtime.close();
  const cpu: CpuReport = {
    model: cpus()[0]?.model ?? 'unknown',
    isa: addon.detectedIsa(),
    threads: availableParallelism(),
    memoryBytes: totalmem(),
  };
  return { cpu, cuda: probeCuda(addon, path), onnxRuntime: { path, version } };
}

function probeCuda(addon: NativeAddon, library: string): CudaReport {
  if (platform() !== 'linux' || arch() !== 'x64') {
    const reason = `this is ${platform()}/${arch()}`;
    const fix = 'use a Linux x64 machine with an NVIDIA GPU';
    return { isUsable: false, missing: [{ part: 'CUDA provider', reason, fix }], devices: [] };
  }
  const driver = addon.cudaDriver();
  const missing = [
    ...missingDriver(driver),
    ...missingProvider(library),
    ...missingLibraries(addon),
    ...missingCompiler(driver),
  ];
  // Only the provider itself can tell whether all of it fits together.
  if (missing.length === 0) missing.push(...failureToOpen());
  return {
    isUsable: missing.length === 0,
    missing,
    devices: driver.devices,
    ...(driver.version === 0 ? {} : { driverCuda: cudaVersion(driver.version) }),
  };
}

function cudaVersion(version: number): string {
  return `${Math.floor(version / 1000)}.${Math.floor((version % 1000) / 10)}`;
}

function missingDriver(driver: CudaDriverInfo): MissingPart[] {
  const part = 'NVIDIA driver';
  const fix = 'sudo apt-get install nvidia-driver (Debian non-free), then restart';
  if (driver.error !== undefined) return [{ part, reason: driver.error, fix }];
  if (driver.version < CUDA_MAJOR * 1000) {
    const reason = `it supports CUDA ${cudaVersion(driver.version)}, the provider needs ${CUDA_MAJOR}`;
    return [{ part, reason, fix }];
  }
  if (driver.devices.length > 0) return [];
  return [{ part: 'NVIDIA GPU', reason: 'the driver reports no device', fix: 'check nvidia-smi' }];
}

function missingProvider(library: string): MissingPart[] {
  const folder = dirname(library);
  const absent = PROVIDER_FILES.filter((file) => !existsSync(join(folder, file)));
  if (absent.length === 0) return [];
  const reason = `${absent.join(' and ')} not in ${folder}`;
  return [{ part: 'ONNX Runtime CUDA provider', reason, fix: cudaInstallCommand() }];
}

function missingLibraries(addon: NativeAddon): MissingPart[] {
  return CUDA_LIBRARIES.flatMap(({ part, files, fix }) => {
    const absent = files.filter((library) => addon.loadError({ library }) !== undefined);
    if (absent.length === 0) return [];
    return [{ part, reason: `cannot load ${absent.join(', ')}`, fix }];
  });
}

function missingCompiler(driver: CudaDriverInfo): MissingPart[] {
  if (driver.kernelCompiler !== undefined) return [];
  const reason = 'neither libnvrtc nor nvcc is there to compile the fused kernels at first use';
  const fix =
    "install cuda-nvrtc-12-x from NVIDIA's package repository, its folder on LD_LIBRARY_PATH";
  return [{ part: 'CUDA kernel compiler', reason, fix }];
}

function failureToOpen(): MissingPart[] {
  try {
    Runtime.open({ device: 'cuda' }).close();
    return [];
  } catch (thrown) {
    const { message, hint } = LabError.from(thrown);
    const fix = hint ?? 'see the message; the CPU works without it';
    return [{ part: 'a working CUDA session', reason: message, fix }];
  }
}
