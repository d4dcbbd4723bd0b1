# The CUDA side of the fused ops: host code and the embedded text of the kernels. Adds to rationale_kernels;
# needs neither nvcc nor a CUDA header. native/CMakeLists.txt includes this after kernels/kernels.cmake.
file(GLOB RATIONALE_CUDA_HOST CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*.cc)
file(GLOB_RECURSE RATIONALE_CUDA_TEXT CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_LIST_DIR}/..
     ${CMAKE_CURRENT_LIST_DIR}/../kernels/*.cu ${CMAKE_CURRENT_LIST_DIR}/../kernels/*.cuh)
# Headers of the host that the kernels share.
list(APPEND RATIONALE_CUDA_TEXT cuda/device.cuh cuda/scalar.h kernels/host_device.h
     kernels/sample/philox.h kernels/adamw/adamw_update.h)
list(SORT RATIONALE_CUDA_TEXT)
set(RATIONALE_CUDA_TEXT_PATHS ${RATIONALE_CUDA_TEXT})
list(TRANSFORM RATIONALE_CUDA_TEXT_PATHS PREPEND ${CMAKE_CURRENT_LIST_DIR}/../)
string(REPLACE ";" "|" RATIONALE_CUDA_FILES "${RATIONALE_CUDA_TEXT}")
set(RATIONALE_CUDA_EMBEDDED ${CMAKE_BINARY_DIR}/generated/embedded_sources.cc)
add_custom_command(
  OUTPUT ${RATIONALE_CUDA_EMBEDDED}
  COMMAND ${CMAKE_COMMAND} -DROOT=${CMAKE_CURRENT_LIST_DIR}/.. "-DFILES=${RATIONALE_CUDA_FILES}"
          -DOUT=${RATIONALE_CUDA_EMBEDDED} -P ${CMAKE_CURRENT_LIST_DIR}/embed.cmake
  DEPENDS ${CMAKE_CURRENT_LIST_DIR}/embed.cmake ${RATIONALE_CUDA_TEXT_PATHS}
  VERBATIM)
target_sources(rationale_kernels PRIVATE ${RATIONALE_CUDA_HOST} ${RATIONALE_CUDA_EMBEDDED})
