#include "storage/sqlite_error.h"

#include <gmock/gmock.h>
#include <sqlite3.h>

namespace storage {
namespace {

using testing::HasSubstr;

struct CodeAndFault {
  int code;
  Fault fault;
  const char* cure;  // part of it
};

class SqliteErrorTest : public testing::TestWithParam<CodeAndFault> {};

TEST_P(SqliteErrorTest, CodeBecomesAFaultNamingFileAndCure) {
  const auto error = sqlite_error(GetParam().code, nullptr, "/data/icebox.db");
  EXPECT_EQ(error.fault, GetParam().fault);
  EXPECT_THAT(error.text, HasSubstr("/data/icebox.db: "));
  EXPECT_THAT(error.text, HasSubstr(GetParam().cure));
  EXPECT_EQ(error.text.find('\n'), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    Codes, SqliteErrorTest,
    testing::Values(CodeAndFault{SQLITE_FULL, Fault::kFull, "free space on /data"},
                    CodeAndFault{SQLITE_BUSY, Fault::kBusy, "fuser /data/icebox.db"},
                    CodeAndFault{SQLITE_BUSY_SNAPSHOT, Fault::kBusy, "try again"},
                    CodeAndFault{SQLITE_LOCKED, Fault::kBusy, "try again"},
                    CodeAndFault{SQLITE_CORRUPT_INDEX, Fault::kCorrupt, "restore a backup"},
                    CodeAndFault{SQLITE_NOTADB, Fault::kCorrupt, "move it away"},
                    CodeAndFault{SQLITE_READONLY_DBMOVED, Fault::kDenied, "write to /data"},
                    CodeAndFault{SQLITE_CANTOPEN, Fault::kDenied, "write to /data"},
                    CodeAndFault{SQLITE_CONSTRAINT_UNIQUE, Fault::kConflict, "another name"},
                    CodeAndFault{SQLITE_CONSTRAINT_PRIMARYKEY, Fault::kConflict, "another name"},
                    CodeAndFault{SQLITE_CONSTRAINT_CHECK, Fault::kInvalid, "correct the value"},
                    CodeAndFault{SQLITE_TOOBIG, Fault::kInvalid, "correct the value"},
                    CodeAndFault{SQLITE_IOERR_FSYNC, Fault::kIo, "kernel's log"}));

}  // namespace
}  // namespace storage
