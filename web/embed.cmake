# embed_assets(TARGET): adds to TARGET a source with the files of web/pages and web/client in it, made again when
# one of them changes. As a script (cmake -P, with FILES, ROOT and OUTPUT) it writes that source.

function(embed_assets TARGET)
  set(root ${CMAKE_SOURCE_DIR}/web)
  file(GLOB files CONFIGURE_DEPENDS ${root}/pages/*.html ${root}/pages/*.css ${root}/pages/*.js ${root}/pages/*.svg
       ${root}/client/*.js)
  set(output ${CMAKE_BINARY_DIR}/web/embedded_assets.cc)
  set(script ${root}/embed.cmake)
  add_custom_command(OUTPUT ${output} DEPENDS ${files} ${script} VERBATIM COMMENT "Embedding web/pages and web/client"
    COMMAND ${CMAKE_COMMAND} "-DFILES=${files}" -DROOT=${root} -DOUTPUT=${output} -P ${script})
  target_sources(${TARGET} PRIVATE ${output})
endfunction()

# The path of the URL: see web/assets.h.
function(url_path FILE RESULT)
  file(RELATIVE_PATH path ${ROOT} ${FILE})
  string(REGEX REPLACE "^pages/" "" path ${path})
  string(REGEX REPLACE "\\.html$" "" path ${path})
  string(REGEX REPLACE "^index$" "" path "${path}")
  set(${RESULT} "/${path}" PARENT_SCOPE)
endfunction()

function(content_type FILE RESULT)
  get_filename_component(extension ${FILE} LAST_EXT)
  set(.html "text/html; charset=utf-8")
  set(.css "text/css; charset=utf-8")
  set(.js "text/javascript; charset=utf-8")  # RFC 9239
  set(.svg "image/svg+xml")
  if(NOT DEFINED ${extension})
    message(FATAL_ERROR "web/embed.cmake: ${FILE}: no content type for ${extension}; name one here")
  endif()
  set(${RESULT} "${${extension}}" PARENT_SCOPE)
endfunction()

# The file as a C++ string literal, 64 octets a line. A hex escape ends at the next backslash or quote.
function(literal_of FILE RESULT)
  file(READ ${FILE} hex HEX)
  string(REGEX REPLACE "(..)" "\\\\x\\1" escaped "${hex}")
  string(REPEAT "...." 64 line)
  string(REGEX REPLACE "(${line})" "\\1\"\n    \"" lines "${escaped}")
  set(${RESULT} "\"${lines}\"" PARENT_SCOPE)
endfunction()

function(write_assets)
  set(paths "")
  foreach(file IN LISTS FILES)
    url_path(${file} path)
    file(SIZE ${file} size)
    file(SHA256 ${file} hash)
    string(SUBSTRING ${hash} 0 32 hash)
    content_type(${file} type)
    literal_of(${file} literal)
    list(APPEND paths ${path})
    set("entry_${path}" "    {\"${path}\", {${literal}, ${size}}, \"${type}\", \"\\\"${hash}\\\"\"},\n")
  endforeach()
  list(SORT paths COMPARE STRING)  # find() searches by halves
  set(entries "")
  foreach(path IN LISTS paths)
    string(APPEND entries "${entry_${path}}")
  endforeach()
  file(CONFIGURE OUTPUT ${OUTPUT} @ONLY CONTENT [[
// Written by web/embed.cmake.
#include "web/assets.h"

namespace web {
namespace {
constexpr Asset kAssets[] = {
@entries@};
}  // namespace

std::span<const Asset> all() { return kAssets; }

}  // namespace web
]])
endfunction()

if(CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
  write_assets()
endif()
