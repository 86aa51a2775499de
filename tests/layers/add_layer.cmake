# add_layer(FOLDER [MAY_USE folder...] [PRIVATELY library...] [EXCEPT file...])
#
# A static library icebox_FOLDER of the folder's own *.cc, linked to the folders that it may use, and a ctest
# layers.FOLDER that holds its #include lines to them. Libraries named PRIVATELY stay out of other folders.
function(add_layer FOLDER)
  cmake_parse_arguments(LAYER "" "" "MAY_USE;PRIVATELY;EXCEPT" ${ARGN})
  string(REPLACE "/" "_" name ${FOLDER})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${FOLDER}/*.cc)
  file(GLOB headers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${FOLDER}/*.h)
  foreach(file IN LISTS LAYER_EXCEPT)
    list(REMOVE_ITEM sources ${CMAKE_SOURCE_DIR}/${FOLDER}/${file})
  endforeach()
  if(sources)
    add_library(icebox_${name} STATIC ${sources} ${headers})
    set(scope PUBLIC)
    target_link_libraries(icebox_${name} PRIVATE ${LAYER_PRIVATELY})
  else()
    add_library(icebox_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(icebox_${name} ${scope} ${CMAKE_SOURCE_DIR})
  foreach(used IN LISTS LAYER_MAY_USE)
    string(REPLACE "/" "_" used_name ${used})
    target_link_libraries(icebox_${name} ${scope} icebox_${used_name})
  endforeach()
  add_test(NAME layers.${FOLDER}
    COMMAND ${CMAKE_COMMAND} -DROOT=${CMAKE_SOURCE_DIR} -DFOLDER=${FOLDER} "-DMAY_USE=${LAYER_MAY_USE}"
            -P ${CMAKE_SOURCE_DIR}/tests/layers/check_layer.cmake)
endfunction()
