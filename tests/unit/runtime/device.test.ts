/** The device report, and opening CUDA where it is missing: every gap is named, with what fixes it. */
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cudaInstallCommand, probeDevices } from '../../../src/engine/runtime/device.ts';
import { findLibrary } from '../../../src/engine/runtime/library.ts';
import { Runtime } from '../../../src/engine/runtime/runtime.ts';
import { LabError } from '../../../src/shared/errors.ts';

describe('devices', () => {
  const report = probeDevices();

  it('reports the CPU and the library', () => {
    expect(report.cpu.threads).toBeGreaterThan(0);
    expect(report.cpu.memoryBytes).toBeGreaterThan(0);
    expect(existsSync(report.onnxRuntime.path)).toBe(true);
    expect(report.onnxRuntime.version).toMatch(/^\d+\.\d+\.\d+/);
  });

  it('is usable for CUDA exactly when nothing is missing', () => {
    expect(report.cuda.isUsable).toBe(report.cuda.missing.length === 0);
    for (const { part, reason, fix } of report.cuda.missing) {
      expect([part, reason, fix].every((text) => text.length > 0)).toBe(true);
    }
  });

  it.skipIf(report.cuda.isUsable)('refuses to open CUDA when a part is missing', () => {
    let error: unknown;
    try {
      Runtime.open({ device: 'cuda' });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(LabError);
    expect(error).toMatchObject({ code: 'native/provider-missing', hint: 'run: rationale doctor' });
  });

  it('names a script that exists', () => {
    const script = cudaInstallCommand().split(' ').at(-1);
    expect(script !== undefined && existsSync(script)).toBe(true);
  });
});

describe('library', () => {
  it('can be another one, and must exist', () => {
    const path = findLibrary();
    expect(findLibrary({ RATIONALE_ONNXRUNTIME: path })).toBe(path);
    expect(() => findLibrary({ RATIONALE_ONNXRUNTIME: '/nowhere/lib.so' })).toThrow('no such file');
  });
});
