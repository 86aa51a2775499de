#include "storage/migrations.h"

#include <string>

#include "storage/sqlite_error.h"
#include "storage/transaction.h"

namespace storage {
namespace {

// Times are seconds since 1970 UTC. Ids are never used twice, so that what refers to a removed user cannot
// come to mean another. The userhash must be unique for itself: "a:b" in realm "c" and "a" in realm "b:c"
// share one.
constexpr Sql kUsersAndMeta = R"sql(
  CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE CHECK (name <> ''),
    realm TEXT NOT NULL,
    key_md5 BLOB NOT NULL CHECK (length(key_md5) = 16),
    key_sha256 BLOB NOT NULL CHECK (length(key_sha256) = 32),
    userhash BLOB NOT NULL UNIQUE CHECK (length(userhash) = 32),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE meta (key TEXT NOT NULL PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
  PRAGMA user_version = 1;
)sql";

// A number per table that grows with every change, whoever makes it: tells which of two snapshots is newer,
// and spares a reload when another table changed.
constexpr Sql kRevisions = R"sql(
  CREATE TABLE revisions (table_name TEXT NOT NULL PRIMARY KEY, revision INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  INSERT INTO revisions VALUES ('users', 1);
  CREATE TRIGGER users_inserted AFTER INSERT ON users BEGIN
    UPDATE revisions SET revision = revision + 1 WHERE table_name = 'users';
  END;
  CREATE TRIGGER users_updated AFTER UPDATE ON users BEGIN
    UPDATE revisions SET revision = revision + 1 WHERE table_name = 'users';
  END;
  CREATE TRIGGER users_deleted AFTER DELETE ON users BEGIN
    UPDATE revisions SET revision = revision + 1 WHERE table_name = 'users';
  END;
  PRAGMA user_version = 2;
)sql";

// Accounts of the hub, their peers, and tokens. A token's columns: the bearer's peer_id or account_id; of an
// invitation the peer who made it, and where it leads, an account or the name of one to be made. The revision
// of 'peers' counts what peer_snapshot.h holds: not invitations, nor what changes with every connection.
constexpr Sql kPeers = R"sql(
  CREATE TABLE accounts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE CHECK (name <> ''),
    otp_secret BLOB CHECK (length(otp_secret) BETWEEN 16 AND 64),
    otp_last_step INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE peers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    name TEXT NOT NULL CHECK (name <> ''),
    kind TEXT NOT NULL,
    fingerprint TEXT UNIQUE CHECK (length(fingerprint) = 64 AND fingerprint NOT GLOB '*[^0-9A-F]*'),
    verified_at INTEGER,
    created_at INTEGER NOT NULL,
    last_connect_at INTEGER,
    legacy INTEGER NOT NULL DEFAULT 0 CHECK (legacy IN (0, 1)),
    UNIQUE (account_id, name)
  ) STRICT;
  CREATE TABLE tokens (
    hash BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    purpose TEXT NOT NULL,
    peer_id INTEGER REFERENCES peers (id) ON DELETE CASCADE,
    account_id INTEGER REFERENCES accounts (id) ON DELETE CASCADE,
    account_name TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    used_at INTEGER,
    revoked_at INTEGER,
    CHECK (CASE purpose
      WHEN 'peer' THEN peer_id IS NOT NULL AND account_id IS NULL AND account_name IS NULL
      WHEN 'account' THEN peer_id IS NULL AND account_id IS NOT NULL AND account_name IS NULL
      WHEN 'invitation' THEN (account_id IS NULL) <> (account_name IS NULL) AND expires_at IS NOT NULL
      ELSE 0 END)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX tokens_of_peer ON tokens (peer_id) WHERE peer_id IS NOT NULL;
  CREATE INDEX tokens_of_account ON tokens (account_id) WHERE account_id IS NOT NULL;
  CREATE INDEX tokens_of_account_name ON tokens (account_name) WHERE account_name IS NOT NULL;
  CREATE INDEX tokens_by_expiry ON tokens (expires_at) WHERE expires_at IS NOT NULL;
  CREATE INDEX tokens_by_revocation ON tokens (revoked_at) WHERE revoked_at IS NOT NULL;
  CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL
  ) STRICT;
  INSERT INTO revisions VALUES ('peers', 1);
  CREATE TRIGGER accounts_inserted AFTER INSERT ON accounts BEGIN
    UPDATE revisions SET revision = revision + 1 WHERE table_name = 'peers';
  END;
  CREATE TRIGGER accounts_updated AFTER UPDATE OF name, otp_secret ON accounts BEGIN
    UPDATE revisions SET revision = revision + 1 WHERE table_name = 'peers';
  END;
  CREATE TRIGGER accounts_deleted AFTER DELETE ON accounts BEGIN
    UPDATE revisions SET revision = revision + 1 WHERE table_name = 'peers';
  END;
  CREATE TRIGGER peers_inserted AFTER INSERT ON peers BEGIN
    UPDATE revisions SET revision = revision + 1 WHERE table_name = 'peers';
  END;
  CREATE TRIGGER peers_updated
  AFTER UPDATE OF account_id, name, kind, fingerprint, verified_at, legacy ON peers BEGIN
    UPDATE revisions SET revision = revision + 1 WHERE table_name = 'peers';
  END;
  CREATE TRIGGER peers_deleted AFTER DELETE ON peers BEGIN
    UPDATE revisions SET revision = revision + 1 WHERE table_name = 'peers';
  END;
  CREATE TRIGGER tokens_inserted AFTER INSERT ON tokens WHEN NEW.purpose <> 'invitation' BEGIN
    UPDATE revisions SET revision = revision + 1 WHERE table_name = 'peers';
  END;
  CREATE TRIGGER tokens_updated AFTER UPDATE ON tokens WHEN NEW.purpose <> 'invitation' BEGIN
    UPDATE revisions SET revision = revision + 1 WHERE table_name = 'peers';
  END;
  CREATE TRIGGER tokens_deleted AFTER DELETE ON tokens WHEN OLD.purpose <> 'invitation' BEGIN
    UPDATE revisions SET revision = revision + 1 WHERE table_name = 'peers';
  END;
  PRAGMA user_version = 3;
)sql";

// A removed peer's usage stays with its account; its number is never used again.
constexpr Sql kUsage = R"sql(
  CREATE TABLE usage (
    peer_id INTEGER NOT NULL,
    day INTEGER NOT NULL,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    allocations INTEGER NOT NULL,
    bytes_to_peers INTEGER NOT NULL,
    bytes_to_client INTEGER NOT NULL,
    PRIMARY KEY (peer_id, day)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX usage_of_account ON usage (account_id);
  CREATE INDEX usage_by_day ON usage (day);
  PRAGMA user_version = 4;
)sql";

// What was guessed wrong at one-time passwords. The triggers of 'peers' name their columns: no new revision.
constexpr Sql kOtpGuesses = R"sql(
  ALTER TABLE accounts ADD COLUMN otp_failures INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE accounts ADD COLUMN otp_first_failure_at INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE accounts ADD COLUMN otp_last_failure_at INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE peers ADD COLUMN otp_failures INTEGER NOT NULL DEFAULT 0;
  PRAGMA user_version = 5;
)sql";

// Accounts that strangers made, and from where peers registered that wait. Of accounts that are there already
// the audit tells: made by an address, and not by redeeming an invitation in the same second.
constexpr Sql kSelfRegistered = R"sql(
  ALTER TABLE accounts ADD COLUMN self_registered INTEGER NOT NULL DEFAULT 0
    CHECK (self_registered IN (0, 1));
  ALTER TABLE peers ADD COLUMN registered_from TEXT NOT NULL DEFAULT '';
  CREATE INDEX peers_waiting ON peers (created_at) WHERE verified_at IS NULL;
  UPDATE accounts SET self_registered = 1 WHERE EXISTS (
    SELECT 1 FROM audit AS made WHERE made.action = 'account.add' AND made.subject = accounts.name
      AND made.at = accounts.created_at AND made.actor <> 'operator' AND made.actor NOT LIKE 'peer %'
      AND NOT EXISTS (
        SELECT 1 FROM audit AS used WHERE used.action = 'invitation.redeem' AND used.at = made.at
          AND used.actor = made.actor
          AND substr(used.subject, 1, length(accounts.name) + 1) = accounts.name || '/'));
  PRAGMA user_version = 6;
)sql";

// Whose account an entry is about; 0: nobody's that is known. The names in older entries tell, but for
// accounts with a slash in theirs.
constexpr Sql kAuditOfAccounts = R"sql(
  ALTER TABLE audit ADD COLUMN account_id INTEGER NOT NULL DEFAULT 0;
  UPDATE audit SET account_id = coalesce(
    (SELECT id FROM accounts WHERE name = substr(subject, 1, instr(subject || '/', '/') - 1)), 0);
  CREATE INDEX audit_of_account ON audit (account_id, id);
  PRAGMA user_version = 7;
)sql";

// A fingerprint is unique within its account: over all it told strangers who is here, and kept out whom they
// claimed to be first. Among peers that come in by it alone it must still lead to one. The table is made
// anew, for SQLite drops no constraint; foreign keys are off meanwhile (migrate()), so that no token goes
// with the old one.
constexpr Sql kFingerprintsOfAccounts = R"sql(
  CREATE TABLE new_peers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    name TEXT NOT NULL CHECK (name <> ''),
    kind TEXT NOT NULL,
    fingerprint TEXT CHECK (length(fingerprint) = 64 AND fingerprint NOT GLOB '*[^0-9A-F]*'),
    verified_at INTEGER,
    created_at INTEGER NOT NULL,
    last_connect_at INTEGER,
    legacy INTEGER NOT NULL DEFAULT 0 CHECK (legacy IN (0, 1)),
    otp_failures INTEGER NOT NULL DEFAULT 0,
    registered_from TEXT NOT NULL DEFAULT '',
    UNIQUE (account_id, name),
    UNIQUE (account_id, fingerprint)
  ) STRICT;
  INSERT INTO new_peers SELECT id, account_id, name, kind, fingerprint, verified_at, created_at,
    last_connect_at, legacy, otp_failures, registered_from FROM peers;
  DELETE FROM sqlite_sequence WHERE name = 'new_peers';
  INSERT INTO sqlite_sequence (name, seq) SELECT 'new_peers', seq FROM sqlite_sequence WHERE name = 'peers';
  DROP TABLE peers;
  ALTER TABLE new_peers RENAME TO peers;
  CREATE UNIQUE INDEX peers_legacy_fingerprint ON peers (fingerprint) WHERE legacy = 1;
  CREATE INDEX peers_waiting ON peers (created_at) WHERE verified_at IS NULL;
  CREATE TRIGGER peers_inserted AFTER INSERT ON peers BEGIN
    UPDATE revisions SET revision = revision + 1 WHERE table_name = 'peers';
  END;
  CREATE TRIGGER peers_updated
  AFTER UPDATE OF account_id, name, kind, fingerprint, verified_at, legacy ON peers BEGIN
    UPDATE revisions SET revision = revision + 1 WHERE table_name = 'peers';
  END;
  CREATE TRIGGER peers_deleted AFTER DELETE ON peers BEGIN
    UPDATE revisions SET revision = revision + 1 WHERE table_name = 'peers';
  END;
  PRAGMA user_version = 8;
)sql";

// Which peer a revision changed, where it changed no more than that: the newest 256. What has no row here (a
// peer or an account that comes or goes, tokens) wants everything read again.
constexpr Sql kPeerChanges = R"sql(
  CREATE TABLE peer_changes (revision INTEGER NOT NULL PRIMARY KEY, peer_id INTEGER NOT NULL) STRICT;
  DROP TRIGGER peers_updated;
  CREATE TRIGGER peers_updated
  AFTER UPDATE OF account_id, name, kind, fingerprint, verified_at, legacy ON peers BEGIN
    UPDATE revisions SET revision = revision + 1 WHERE table_name = 'peers';
    INSERT INTO peer_changes SELECT revision, NEW.id FROM revisions WHERE table_name = 'peers';
    DELETE FROM peer_changes
      WHERE revision <= (SELECT revision - 256 FROM revisions WHERE table_name = 'peers');
  END;
  PRAGMA user_version = 9;
)sql";

// Which row each revision of 'peers' changed, of whatever table: the newest 4096, as many as a tidying of peers
// that waited may change at once. A token counts while it is not revoked, and where nothing of it changed that
// a snapshot holds there is no new revision. `peer_changes` stays, and stays empty: a server of the schema
// before that runs on meanwhile then finds changes that are not noted, and reads everything again.
constexpr Sql kRegistryChanges = R"sql(
  CREATE TABLE registry_changes (
    revision INTEGER NOT NULL PRIMARY KEY,
    account_id INTEGER,
    peer_id INTEGER,
    token BLOB,
    CHECK ((account_id IS NOT NULL) + (peer_id IS NOT NULL) + (token IS NOT NULL) = 1)
  ) STRICT;
  DELETE FROM peer_changes;
  CREATE TRIGGER registry_changed AFTER INSERT ON registry_changes BEGIN
    UPDATE revisions SET revision = NEW.revision WHERE table_name = 'peers';
    DELETE FROM registry_changes WHERE revision <= NEW.revision - 4096;
  END;
  DROP TRIGGER accounts_inserted;
  DROP TRIGGER accounts_updated;
  DROP TRIGGER accounts_deleted;
  DROP TRIGGER peers_inserted;
  DROP TRIGGER peers_updated;
  DROP TRIGGER peers_deleted;
  DROP TRIGGER tokens_inserted;
  DROP TRIGGER tokens_updated;
  DROP TRIGGER tokens_deleted;
  CREATE TRIGGER accounts_inserted AFTER INSERT ON accounts BEGIN
    INSERT INTO registry_changes (revision, account_id)
      SELECT revision + 1, NEW.id FROM revisions WHERE table_name = 'peers';
  END;
  CREATE TRIGGER accounts_updated AFTER UPDATE OF name, otp_secret, self_registered ON accounts BEGIN
    INSERT INTO registry_changes (revision, account_id)
      SELECT revision + 1, NEW.id FROM revisions WHERE table_name = 'peers';
  END;
  CREATE TRIGGER accounts_deleted AFTER DELETE ON accounts BEGIN
    INSERT INTO registry_changes (revision, account_id)
      SELECT revision + 1, OLD.id FROM revisions WHERE table_name = 'peers';
  END;
  CREATE TRIGGER peers_inserted AFTER INSERT ON peers BEGIN
    INSERT INTO registry_changes (revision, peer_id)
      SELECT revision + 1, NEW.id FROM revisions WHERE table_name = 'peers';
  END;
  CREATE TRIGGER peers_updated
  AFTER UPDATE OF account_id, name, kind, fingerprint, verified_at, legacy ON peers BEGIN
    INSERT INTO registry_changes (revision, peer_id)
      SELECT revision + 1, NEW.id FROM revisions WHERE table_name = 'peers';
  END;
  CREATE TRIGGER peers_deleted AFTER DELETE ON peers BEGIN
    INSERT INTO registry_changes (revision, peer_id)
      SELECT revision + 1, OLD.id FROM revisions WHERE table_name = 'peers';
  END;
  CREATE TRIGGER tokens_inserted AFTER INSERT ON tokens
  WHEN NEW.purpose <> 'invitation' AND NEW.revoked_at IS NULL BEGIN
    INSERT INTO registry_changes (revision, token)
      SELECT revision + 1, NEW.hash FROM revisions WHERE table_name = 'peers';
  END;
  CREATE TRIGGER tokens_updated
  AFTER UPDATE OF purpose, peer_id, account_id, expires_at, revoked_at ON tokens
  WHEN NEW.purpose <> 'invitation' AND (NEW.revoked_at IS NULL OR OLD.revoked_at IS NULL) BEGIN
    INSERT INTO registry_changes (revision, token)
      SELECT revision + 1, NEW.hash FROM revisions WHERE table_name = 'peers';
  END;
  CREATE TRIGGER tokens_deleted AFTER DELETE ON tokens
  WHEN OLD.purpose <> 'invitation' AND OLD.revoked_at IS NULL BEGIN
    INSERT INTO registry_changes (revision, token)
      SELECT revision + 1, OLD.hash FROM revisions WHERE table_name = 'peers';
  END;
  PRAGMA user_version = 10;
)sql";

constexpr Sql kMigrations[] = {kUsersAndMeta, kRevisions,      kPeers,           kUsage,
                               kOtpGuesses,   kSelfRegistered, kAuditOfAccounts, kFingerprintsOfAccounts,
                               kPeerChanges,  kRegistryChanges};

Outcome take_next_step(Connection& connection) {
  auto transaction = Transaction::begin_write(connection);
  if (!transaction) return std::unexpected(transaction.error());
  const auto version =
      read_schema_version(connection);  // again, under the lock: another process may be ahead
  if (!version) return std::unexpected(version.error());
  if (*version == std::size(kMigrations)) return {};
  if (auto stepped = connection.execute(kMigrations[*version]); !stepped) return stepped;
  return transaction->commit();
}

}  // namespace

std::span<const Sql> migrations() { return kMigrations; }

Result<size_t> read_schema_version(Connection& connection) {
  const auto version = connection.number("PRAGMA user_version");
  if (!version) return std::unexpected(version.error());
  if (*version >= 0 && static_cast<size_t>(*version) <= std::size(kMigrations))
    return static_cast<size_t>(*version);
  return std::unexpected(
      storage_error(Fault::kNewerSchema, connection.file(),
                    "it has schema " + std::to_string(*version) + ", this icebox knows up to " +
                        std::to_string(std::size(kMigrations)),
                    "run the newer icebox, or restore the backup from before the upgrade"));
}

Outcome migrate(Connection& connection) {
  for (auto version = read_schema_version(connection);; version = read_schema_version(connection)) {
    if (!version) return std::unexpected(version.error());
    if (*version == std::size(kMigrations)) return {};
    if (auto stepped = take_next_step(connection); !stepped) return stepped;
  }
}

}  // namespace storage
