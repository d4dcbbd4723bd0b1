// The function table of the ONNX Runtime C ABI, as far as this project calls it: one typed slot per
// function, holding the 0-based index of its pointer in the table and its C signature. The table is
// append-only, so an index holds for every later library. Every slot here exists since API version
// 23. Call one through `Api` (abi.h); a returned `OrtStatus*` is null on success.
#pragma once

#include "ort/types.h"

namespace rationale::ort::slot {

inline constexpr Slot<0, OrtStatus*(int32_t, const char*)> CreateStatus{};
inline constexpr Slot<1, int32_t(const OrtStatus*)> GetErrorCode{};
inline constexpr Slot<2, const char*(const OrtStatus*)> GetErrorMessage{};
inline constexpr Slot<
    8,
    OrtStatus*(const OrtEnv*, const void*, size_t, const OrtSessionOptions*, OrtSession**)>
    CreateSessionFromArray{};
inline constexpr Slot<10, OrtStatus*(OrtSessionOptions**)> CreateSessionOptions{};
inline constexpr Slot<14, OrtStatus*(OrtSessionOptions*, const char*)> EnableProfiling{};
inline constexpr Slot<16, OrtStatus*(OrtSessionOptions*)> EnableMemPattern{};
inline constexpr Slot<17, OrtStatus*(OrtSessionOptions*)> DisableMemPattern{};
inline constexpr Slot<23, OrtStatus*(OrtSessionOptions*, int32_t)>
    SetSessionGraphOptimizationLevel{};
inline constexpr Slot<24, OrtStatus*(OrtSessionOptions*, int)> SetIntraOpNumThreads{};
inline constexpr Slot<26, OrtStatus*(const char*, OrtCustomOpDomain**)> CreateCustomOpDomain{};
inline constexpr Slot<27, OrtStatus*(OrtCustomOpDomain*, const OrtCustomOp*)> CustomOpDomain_Add{};
inline constexpr Slot<28, OrtStatus*(OrtSessionOptions*, OrtCustomOpDomain*)> AddCustomOpDomain{};
inline constexpr Slot<30, OrtStatus*(const OrtSession*, size_t*)> SessionGetInputCount{};
inline constexpr Slot<31, OrtStatus*(const OrtSession*, size_t*)> SessionGetOutputCount{};
inline constexpr Slot<33, OrtStatus*(const OrtSession*, size_t, OrtTypeInfo**)>
    SessionGetInputTypeInfo{};
inline constexpr Slot<34, OrtStatus*(const OrtSession*, size_t, OrtTypeInfo**)>
    SessionGetOutputTypeInfo{};
inline constexpr Slot<36, OrtStatus*(const OrtSession*, size_t, OrtAllocator*, char**)>
    SessionGetInputName{};
inline constexpr Slot<37, OrtStatus*(const OrtSession*, size_t, OrtAllocator*, char**)>
    SessionGetOutputName{};
inline constexpr Slot<39, OrtStatus*(OrtRunOptions**)> CreateRunOptions{};
inline constexpr Slot<46, OrtStatus*(OrtRunOptions*)> RunOptionsSetTerminate{};
inline constexpr Slot<
    49,
    OrtStatus*(
        const OrtMemoryInfo*, void*, size_t, const int64_t*, size_t, ElementType, OrtValue**)>
    CreateTensorWithDataAsOrtValue{};
inline constexpr Slot<51, OrtStatus*(OrtValue*, void**)> GetTensorMutableData{};
inline constexpr Slot<55, OrtStatus*(const OrtTypeInfo*, const OrtTensorTypeAndShapeInfo**)>
    CastTypeInfoToTensorInfo{};
inline constexpr Slot<60, OrtStatus*(const OrtTensorTypeAndShapeInfo*, ElementType*)>
    GetTensorElementType{};
inline constexpr Slot<61, OrtStatus*(const OrtTensorTypeAndShapeInfo*, size_t*)>
    GetDimensionsCount{};
inline constexpr Slot<62, OrtStatus*(const OrtTensorTypeAndShapeInfo*, int64_t*, size_t)>
    GetDimensions{};
inline constexpr Slot<65, OrtStatus*(const OrtValue*, OrtTensorTypeAndShapeInfo**)>
    GetTensorTypeAndShape{};
inline constexpr Slot<68, OrtStatus*(const char*, int32_t, int, int32_t, OrtMemoryInfo**)>
    CreateMemoryInfo{};
inline constexpr Slot<69, OrtStatus*(int32_t, int32_t, OrtMemoryInfo**)> CreateCpuMemoryInfo{};
inline constexpr Slot<75, OrtStatus*(OrtAllocator*, size_t, void**)> AllocatorAlloc{};
inline constexpr Slot<76, OrtStatus*(OrtAllocator*, void*)> AllocatorFree{};
inline constexpr Slot<78, OrtStatus*(OrtAllocator**)> GetAllocatorWithDefaultOptions{};
inline constexpr Slot<85, OrtStatus*(const OrtKernelInfo*, const char*, float*)>
    KernelInfoGetAttribute_float{};
inline constexpr Slot<86, OrtStatus*(const OrtKernelInfo*, const char*, int64_t*)>
    KernelInfoGetAttribute_int64{};
inline constexpr Slot<88, OrtStatus*(const OrtKernelContext*, size_t*)>
    KernelContext_GetInputCount{};
inline constexpr Slot<89, OrtStatus*(const OrtKernelContext*, size_t*)>
    KernelContext_GetOutputCount{};
inline constexpr Slot<90, OrtStatus*(const OrtKernelContext*, size_t, const OrtValue**)>
    KernelContext_GetInput{};
inline constexpr Slot<91, OrtStatus*(OrtKernelContext*, size_t, const int64_t*, size_t, OrtValue**)>
    KernelContext_GetOutput{};
inline constexpr Slot<92, void(OrtEnv*)> ReleaseEnv{};
inline constexpr Slot<93, void(OrtStatus*)> ReleaseStatus{};
inline constexpr Slot<94, void(OrtMemoryInfo*)> ReleaseMemoryInfo{};
inline constexpr Slot<95, void(OrtSession*)> ReleaseSession{};
inline constexpr Slot<96, void(OrtValue*)> ReleaseValue{};
inline constexpr Slot<97, void(OrtRunOptions*)> ReleaseRunOptions{};
inline constexpr Slot<98, void(OrtTypeInfo*)> ReleaseTypeInfo{};
inline constexpr Slot<99, void(OrtTensorTypeAndShapeInfo*)> ReleaseTensorTypeAndShapeInfo{};
inline constexpr Slot<100, void(OrtSessionOptions*)> ReleaseSessionOptions{};
inline constexpr Slot<101, void(OrtCustomOpDomain*)> ReleaseCustomOpDomain{};
inline constexpr Slot<110, OrtStatus*(OrtSession*, OrtAllocator*, char**)> SessionEndProfiling{};
inline constexpr Slot<119, OrtStatus*(int32_t, const char*, const OrtThreadingOptions*, OrtEnv**)>
    CreateEnvWithGlobalThreadPools{};
inline constexpr Slot<120, OrtStatus*(OrtSessionOptions*)> DisablePerSessionThreads{};
inline constexpr Slot<121, OrtStatus*(OrtThreadingOptions**)> CreateThreadingOptions{};
inline constexpr Slot<122, void(OrtThreadingOptions*)> ReleaseThreadingOptions{};
inline constexpr Slot<125, OrtStatus*(char***, int*)> GetAvailableProviders{};
inline constexpr Slot<126, OrtStatus*(char**, int)> ReleaseAvailableProviders{};
inline constexpr Slot<130, OrtStatus*(OrtSessionOptions*, const char*, const char*)>
    AddSessionConfigEntry{};
inline constexpr Slot<131, OrtStatus*(const OrtSession*, const OrtMemoryInfo*, OrtAllocator**)>
    CreateAllocator{};
inline constexpr Slot<132, void(OrtAllocator*)> ReleaseAllocator{};
inline constexpr Slot<133, OrtStatus*(OrtSession*, const OrtRunOptions*, const OrtIoBinding*)>
    RunWithBinding{};
inline constexpr Slot<134, OrtStatus*(OrtSession*, OrtIoBinding**)> CreateIoBinding{};
inline constexpr Slot<135, void(OrtIoBinding*)> ReleaseIoBinding{};
inline constexpr Slot<136, OrtStatus*(OrtIoBinding*, const char*, const OrtValue*)> BindInput{};
inline constexpr Slot<137, OrtStatus*(OrtIoBinding*, const char*, const OrtValue*)> BindOutput{};
inline constexpr Slot<147, OrtStatus*(OrtThreadingOptions*, int)> SetGlobalIntraOpNumThreads{};
inline constexpr Slot<157, void(OrtArenaCfg*)> ReleaseArenaCfg{};
inline constexpr Slot<164, OrtStatus*(const char* const*, const size_t*, size_t, OrtArenaCfg**)>
    CreateArenaCfgV2{};
inline constexpr Slot<193, OrtStatus*(const OrtKernelContext*, void**)>
    KernelContext_GetGPUComputeStream{};
inline constexpr Slot<194, OrtStatus*(const OrtValue*, const OrtMemoryInfo**)>
    GetTensorMemoryInfo{};
inline constexpr Slot<204, OrtStatus*(OrtSessionOptions*, const OrtCUDAProviderOptionsV2*)>
    SessionOptionsAppendExecutionProvider_CUDA_V2{};
inline constexpr Slot<205, OrtStatus*(OrtCUDAProviderOptionsV2**)> CreateCUDAProviderOptions{};
inline constexpr Slot<
    206,
    OrtStatus*(OrtCUDAProviderOptionsV2*, const char* const*, const char* const*, size_t)>
    UpdateCUDAProviderOptions{};
inline constexpr Slot<208, void(OrtCUDAProviderOptionsV2*)> ReleaseCUDAProviderOptions{};
inline constexpr Slot<211, OrtStatus*(const char*, const void*, int, int32_t, OrtOpAttr**)>
    CreateOpAttr{};
inline constexpr Slot<212, void(OrtOpAttr*)> ReleaseOpAttr{};
inline constexpr Slot<
    213,
    OrtStatus*(
        const OrtKernelInfo*,
        const char*,
        const char*,
        int,
        const char**,
        const ElementType*,
        int,
        const OrtOpAttr* const*,
        int,
        int,
        int,
        OrtOp**)>
    CreateOp{};
inline constexpr Slot<
    214,
    OrtStatus*(
        const OrtKernelContext*, const OrtOp*, const OrtValue* const*, int, OrtValue* const*, int)>
    InvokeOp{};
inline constexpr Slot<215, void(OrtOp*)> ReleaseOp{};
inline constexpr Slot<217, OrtStatus*(const OrtKernelInfo*, OrtKernelInfo**)> CopyKernelInfo{};
inline constexpr Slot<218, void(OrtKernelInfo*)> ReleaseKernelInfo{};
inline constexpr Slot<244, OrtStatus*(const OrtKernelInfo*, char*, size_t*)>
    KernelInfo_GetNodeName{};
inline constexpr Slot<254, const char*()> GetBuildInfoString{};
inline constexpr Slot<
    259,
    OrtStatus*(
        OrtEnv*,
        const char*,
        const OrtMemoryInfo*,
        const OrtArenaCfg*,
        const char* const*,
        const char* const*,
        size_t)>
    CreateAndRegisterAllocatorV2{};
inline constexpr Slot<253, OrtStatus*(const OrtKernelContext*, const OrtMemoryInfo*, OrtAllocator**)>
    KernelContext_GetAllocator{};
inline constexpr Slot<
    274,
    OrtStatus*(const OrtKernelContext*, void (*)(void*, size_t), size_t, size_t, void*)>
    KernelContext_ParallelFor{};
inline constexpr Slot<
    277,
    OrtStatus*(const OrtKernelContext*, const OrtMemoryInfo*, size_t, void**)>
    KernelContext_GetScratchBuffer{};

}  // namespace rationale::ort::slot
