# The fused kernels as one static library, `rationale_kernels`.
# Every *_isa.cc is compiled once per instruction set (namespace = RATIONALE_ISA_NS); everything else
# once, for the baseline machine. native/CMakeLists.txt includes this file; nothing else has to know.
file(GLOB_RECURSE RATIONALE_KERNEL_ISA CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*_isa.cc)
file(GLOB_RECURSE RATIONALE_KERNEL_ALL CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*.cc)
set(RATIONALE_KERNEL_BASE ${RATIONALE_KERNEL_ALL})
list(REMOVE_ITEM RATIONALE_KERNEL_BASE ${RATIONALE_KERNEL_ISA})
list(FILTER RATIONALE_KERNEL_BASE EXCLUDE REGEX "/cuda/")

set(RATIONALE_KERNEL_INCLUDES ${CMAKE_CURRENT_LIST_DIR}/.. )
set(RATIONALE_KERNEL_FLAGS -O3 -ffp-contract=fast -fno-math-errno -fno-trapping-math
    -fno-semantic-interposition -Wall -Wextra -Wno-psabi
    -Wno-maybe-uninitialized -Wno-uninitialized)
set(RATIONALE_KERNEL_DEFINITIONS)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64|amd64")
  set(RATIONALE_KERNEL_ISAS portable avx2 avx512)
  list(APPEND RATIONALE_KERNEL_DEFINITIONS RATIONALE_X86=1)
else()
  set(RATIONALE_KERNEL_ISAS portable)
endif()
set(RATIONALE_ISA_FLAGS_portable)
set(RATIONALE_ISA_FLAGS_avx2 -mavx2 -mfma)
set(RATIONALE_ISA_FLAGS_avx512 -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx2 -mfma
    -mprefer-vector-width=512)

add_library(rationale_kernels STATIC ${RATIONALE_KERNEL_BASE})
foreach(isa IN LISTS RATIONALE_KERNEL_ISAS)
  add_library(rationale_kernels_${isa} OBJECT ${RATIONALE_KERNEL_ISA})
  target_compile_options(rationale_kernels_${isa} PRIVATE ${RATIONALE_KERNEL_FLAGS}
                         ${RATIONALE_ISA_FLAGS_${isa}})
  target_compile_definitions(rationale_kernels_${isa} PRIVATE RATIONALE_ISA_NS=${isa}
                             ${RATIONALE_KERNEL_DEFINITIONS})
  target_sources(rationale_kernels PRIVATE $<TARGET_OBJECTS:rationale_kernels_${isa}>)
  set_target_properties(rationale_kernels_${isa} PROPERTIES POSITION_INDEPENDENT_CODE ON
                        CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON CXX_VISIBILITY_PRESET hidden)
  target_include_directories(rationale_kernels_${isa} PRIVATE ${RATIONALE_KERNEL_INCLUDES})
endforeach()
target_compile_options(rationale_kernels PRIVATE ${RATIONALE_KERNEL_FLAGS})
target_compile_definitions(rationale_kernels PRIVATE ${RATIONALE_KERNEL_DEFINITIONS})
set_target_properties(rationale_kernels PROPERTIES POSITION_INDEPENDENT_CODE ON CXX_STANDARD 20
                      CXX_STANDARD_REQUIRED ON CXX_VISIBILITY_PRESET hidden)
target_include_directories(rationale_kernels PUBLIC ${RATIONALE_KERNEL_INCLUDES})
# Objects of one instruction set call plain code of this library; both end up in the same archive.
target_link_libraries(rationale_kernels PUBLIC Threads::Threads)

# Built on demand: cmake --build native/build --target kernel_bench. The tests are in native/tests.
file(GLOB RATIONALE_BENCH_SOURCES CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/../bench/*.cc)
add_executable(kernel_bench EXCLUDE_FROM_ALL ${RATIONALE_BENCH_SOURCES})
target_link_libraries(kernel_bench PRIVATE rationale_kernels rationale_ort)
