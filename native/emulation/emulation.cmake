# The .cu kernels compiled as C++ (see emulation.h). All on demand, none of it in the shipped addon:
#   cuda_emulation_tests  kernels against naive loops, and the driver path against a stand-in for libcuda
#   rationale_emulated    the addon with the CUDA ops on the CPU provider, for the suite's own oracles
# native/CMakeLists.txt includes this last.
set(RATIONALE_EMULATION_DIR ${CMAKE_CURRENT_LIST_DIR})
add_library(rationale_emulation OBJECT EXCLUDE_FROM_ALL ${RATIONALE_EMULATION_DIR}/emulation.cc
            ${RATIONALE_EMULATION_DIR}/emulated_launcher.cc)
target_include_directories(rationale_emulation PRIVATE ${RATIONALE_EMULATION_DIR}/..)
# -O2 and no fast-math flags: the arithmetic as written.
target_compile_options(rationale_emulation PRIVATE -O2 -Wall -Wextra -Wno-unknown-pragmas)

add_library(rationale_driver_stand_in SHARED EXCLUDE_FROM_ALL
            ${RATIONALE_EMULATION_DIR}/driver/stand_in.cc $<TARGET_OBJECTS:rationale_emulation>)
target_include_directories(rationale_driver_stand_in PRIVATE ${RATIONALE_EMULATION_DIR}/..)
set_target_properties(rationale_driver_stand_in PROPERTIES CXX_VISIBILITY_PRESET default)

file(GLOB RATIONALE_CUDA_TESTS CONFIGURE_DEPENDS ${RATIONALE_EMULATION_DIR}/../tests/cuda/*.cc)
add_executable(cuda_emulation_tests EXCLUDE_FROM_ALL ${RATIONALE_CUDA_TESTS}
               $<TARGET_OBJECTS:rationale_emulation>)
target_compile_options(cuda_emulation_tests PRIVATE -O2 -Wall -Wextra -Wno-unknown-pragmas)
target_compile_definitions(cuda_emulation_tests PRIVATE
  RATIONALE_DRIVER_STAND_IN="$<TARGET_FILE:rationale_driver_stand_in>")
target_link_libraries(cuda_emulation_tests PRIVATE rationale_kernels rationale_ort)
add_dependencies(cuda_emulation_tests rationale_driver_stand_in)
# With a toolkit at hand the declarations of cuda/driver.h are compared with NVIDIA's.
file(GLOB RATIONALE_CUDA_TOOLKITS /usr/local/cuda*/include /opt/cuda/include)
find_path(RATIONALE_CUDA_H cuda.h PATHS ${RATIONALE_CUDA_TOOLKITS} ENV CUDA_PATH
          PATH_SUFFIXES include NO_DEFAULT_PATH)
if(RATIONALE_CUDA_H)
  target_include_directories(cuda_emulation_tests SYSTEM PRIVATE ${RATIONALE_CUDA_H})
  target_compile_definitions(cuda_emulation_tests PRIVATE RATIONALE_HAS_CUDA_H)
endif()

if(TARGET rationale_native)
  # The registry below is found before the one in the kernel library.
  add_library(rationale_emulated MODULE EXCLUDE_FROM_ALL
              ${RATIONALE_EMULATION_DIR}/addon/emulated_registry.cc
              $<TARGET_OBJECTS:rationale_native> $<TARGET_OBJECTS:rationale_emulation>)
  target_link_libraries(rationale_emulated PRIVATE rationale_kernels rationale_ort)
  set_target_properties(rationale_emulated PROPERTIES PREFIX "" SUFFIX ".node"
                        LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/out)
  if(APPLE)
    target_link_options(rationale_emulated PRIVATE -undefined dynamic_lookup)
  endif()
endif()
