#include "net/mapped_memory.h"

#include <sys/mman.h>

#include <new>

#include "net/poison.h"

namespace net {
namespace {

uint8_t* map_pages(size_t bytes) {
  void* const pages = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) throw std::bad_alloc();
  return static_cast<uint8_t*>(pages);
}

}  // namespace

void MappedMemory::Unmap::operator()(uint8_t* pages) const {
  unpoison({pages, bytes});  // the addresses may be somebody else's next
  munmap(pages, bytes);
}

MappedMemory::MappedMemory(size_t bytes) : pages_(map_pages(bytes), Unmap{bytes}) {}

}  // namespace net
