#include "storage/sqlite_error.h"

#include <sqlite3.h>

#include <cerrno>
#include <string>

namespace storage {
namespace {

Fault fault_of_constraint(int code) {
  const bool exists = code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY;
  return exists ? Fault::kConflict : Fault::kInvalid;
}

// A full disk shows itself as an I/O error too: when the log's index cannot grow, or a quota is used up.
Fault fault_of_io_error(sqlite3* database) {
  const int reason = database == nullptr ? 0 : sqlite3_system_errno(database);
  return reason == ENOSPC || reason == EDQUOT ? Fault::kFull : Fault::kIo;
}

Fault fault_of(int code, sqlite3* database) {
  switch (code & 0xff) {  // the low octet is the primary code
    case SQLITE_FULL:
      return Fault::kFull;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Fault::kBusy;
    case SQLITE_ERROR:  // our statements are constants: it is the tables that are not as they should be
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Fault::kCorrupt;
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
      return Fault::kDenied;
    case SQLITE_CONSTRAINT:
      return fault_of_constraint(code);
    case SQLITE_TOOBIG:
    case SQLITE_MISMATCH:
      return Fault::kInvalid;
    default:
      return fault_of_io_error(database);
  }
}

std::string cause_of(Fault fault, std::string_view detail) {
  const std::string reported = " (" + std::string(detail) + ")";
  switch (fault) {
    case Fault::kFull:
      return "no room left on the disk" + reported;
    case Fault::kBusy:
      return "another process keeps it locked" + reported;
    case Fault::kCorrupt:
      return "damaged, or not a database of icebox" + reported;
    case Fault::kDenied:
      return "cannot be opened or written" + reported;
    case Fault::kConflict:
      return "this exists already" + reported;
    case Fault::kInvalid:
      return "the value cannot be stored" + reported;
    default:
      return "the disk or the file system reports an error" + reported;
  }
}

std::string cure_of(Fault fault, const std::filesystem::path& file) {
  const std::string directory = file.parent_path().string();
  switch (fault) {
    case Fault::kFull:
      return "free space on " + directory;
    case Fault::kBusy:
      return "try again; if it stays so, `fuser " + file.string() + "` names the process";
    case Fault::kCorrupt:
      return "restore a backup of it, or move it away to start with an empty one";
    case Fault::kDenied:
      return "check that this user may write to " + directory + " and every file in it";
    case Fault::kConflict:
      return "choose another name, or change what is there";
    case Fault::kInvalid:
      return "correct the value";
    default:
      return "check the disk of " + directory + " and the kernel's log";
  }
}

}  // namespace

StorageError storage_error(Fault fault, const std::filesystem::path& file, std::string_view cause,
                           std::string_view cure) {
  return {fault, file.string() + ": " + std::string(cause) + "; " + std::string(cure)};
}

StorageError sqlite_error(int code, sqlite3* database, const std::filesystem::path& file) {
  const Fault fault = fault_of(code, database);
  const char* detail = database == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(database);
  return storage_error(fault, file, cause_of(fault, detail), cure_of(fault, file));
}

}  // namespace storage
