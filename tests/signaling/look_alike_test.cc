#include "signaling/look_alike.h"

#include <gtest/gtest.h>

namespace signaling {
namespace {

TEST(LookAlikeTest, CaseWidthAndCompositionMakeNoOtherName) {
  for (const char* name : {"TV", "Tv", "\uff34\uff36", "t\uff56"})
    EXPECT_TRUE(looks_like("tv", name)) << name;
  EXPECT_TRUE(looks_like("K\u00fcche", "ku\u0308CHE"));
  EXPECT_TRUE(looks_like("Stra\u00dfe", "STRASSE"));
  EXPECT_TRUE(looks_like("\ufb01le", "file"));
  for (const char* name : {"tv2", "t v", "", "t\u03bd"}) EXPECT_FALSE(looks_like("tv", name)) << name;
}

TEST(LookAlikeTest, LettersOfOneWordAreOfOneScript) {
  for (const char* name : {"t\u03bd", "\u0440hone", "l\u0430ptop", "my t\u03bd", "A\u0391", "te\u0301\u03bd"})
    EXPECT_TRUE(mixes_scripts(name)) << name;
  for (const char* name :
       {"tv", "Ann's phone 2", "\u0442\u0435\u043b\u0435\u0444\u043e\u043d",
        "my \u0442\u0435\u043b\u0435\u0444\u043e\u043d", "\u03ba\u03b9\u03bd\u03b7\u03c4\u03cc",
        "iPhone\u306e\u96fb\u8a71", "K\u00fcche", "\U0001f4f1 phone", ""})
    EXPECT_FALSE(mixes_scripts(name)) << name;
}

}  // namespace
}  // namespace signaling
