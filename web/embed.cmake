# embed_assets(TARGET): adds to TARGET a source with the pages of web/pages and the client of web/client in it, made again
# when one of their files changes. esbuild makes one file of a page's modules and one of the client's; as a script
# (cmake -P, with ROOT, BUNDLES and OUTPUT) this writes the source:
# - index.html, with loader.js in it, is checked at each visit; it names all other files by their content,
#   demo.css as demo-0123456789abcdef.css, so that browsers keep those for ever
# - client/index.js keeps its name, which pages of other sites know, and is checked at each visit

function(embed_assets TARGET)
  find_program(ESBUILD esbuild)
  if(NOT ESBUILD)
    message(FATAL_ERROR "esbuild is missing: run deploy/deps.sh, or install Debian's package esbuild")
  endif()
  set(root ${CMAKE_SOURCE_DIR}/web)
  file(GLOB files CONFIGURE_DEPENDS ${root}/pages/*.html ${root}/pages/*.css ${root}/pages/*.js ${root}/pages/*.svg
       ${root}/client/*.js)
  set(bundles ${CMAKE_BINARY_DIR}/web/bundles)
  set(output ${CMAKE_BINARY_DIR}/web/embedded_assets.cc)
  set(script ${root}/embed.cmake)
  set(options --bundle --format=esm --target=es2022 --charset=utf8 --log-level=warning)
  add_custom_command(OUTPUT ${output} DEPENDS ${files} ${script} VERBATIM COMMENT "Embedding web/pages and web/client"
    COMMAND ${ESBUILD} ${root}/pages/demo.js ${options} --outfile=${bundles}/demo.js
    COMMAND ${ESBUILD} ${root}/client/index.js ${options} --outfile=${bundles}/client/index.js
    COMMAND ${ESBUILD} ${root}/pages/loader.js --minify --target=es2022 --log-level=warning --outfile=${bundles}/loader.js
    COMMAND ${CMAKE_COMMAND} -DROOT=${root} -DBUNDLES=${bundles} -DOUTPUT=${output} -P ${script})
  target_sources(${TARGET} PRIVATE ${output})
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

# 64 hex digits in base64, as a Content-Security-Policy wants a hash.
function(base64_of HEX RESULT)
  set(letters "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
  set(text "")
  foreach(at RANGE 0 63 6)
    string(SUBSTRING "${HEX}00" ${at} 6 three)  # 32 octets and one of nothing
    foreach(shift 18 12 6 0)
      math(EXPR index "(0x${three} >> ${shift}) & 63")
      string(SUBSTRING ${letters} ${index} 1 letter)
      string(APPEND text ${letter})
    endforeach()
  endforeach()
  string(REGEX REPLACE ".$" "=" text "${text}")
  set(${RESULT} "${text}" PARENT_SCOPE)
endfunction()

# Appends to `paths`, and sets the path's line of the table. LASTING: the path changes with the content.
macro(add_asset PATH FILE LASTING)
  file(SIZE ${FILE} size)
  file(SHA256 ${FILE} hash)
  string(SUBSTRING ${hash} 0 32 hash)
  content_type(${FILE} type)
  literal_of(${FILE} literal)
  list(APPEND paths ${PATH})
  set("entry_${PATH}" "    {\"${PATH}\", {${literal}, ${size}}, \"${type}\", \"\\\"${hash}\\\"\", ${LASTING}},\n")
endmacro()

function(write_assets)
  set(paths "")
  file(READ ${ROOT}/pages/index.html html)
  foreach(name demo.css demo.js icon.svg)
    set(file ${ROOT}/pages/${name})
    if(name STREQUAL "demo.js")
      set(file ${BUNDLES}/${name})
    endif()
    file(SHA256 ${file} hash)
    string(SUBSTRING ${hash} 0 16 hash)
    string(REPLACE "." "-${hash}." versioned ${name})
    string(REPLACE "\"${name}\"" "\"${versioned}\"" html "${html}")
    add_asset(/${versioned} ${file} true)
  endforeach()

  file(READ ${BUNDLES}/loader.js loader)
  file(SHA256 ${BUNDLES}/loader.js hash)
  base64_of(${hash} loader_hash)
  string(REPLACE "<script src=\"loader.js\"></script>" "<script>${loader}</script>" html "${html}")
  file(WRITE ${BUNDLES}/index.html "${html}")
  add_asset(/ ${BUNDLES}/index.html false)
  add_asset(/client/index.js ${BUNDLES}/client/index.js false)

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

std::string_view content_security_policy() {
  return "default-src 'none'; script-src 'self' 'sha256-@loader_hash@'; style-src 'self'; img-src 'self' data:; "
         "media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
}

}  // namespace web
]])
endfunction()

if(CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
  write_assets()
endif()
