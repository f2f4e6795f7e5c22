//! Both databases have the same tables: what one accepts, the other accepts.

use std::collections::{BTreeMap, BTreeSet};

use trunnel_testing::db::TestDb;

use crate::raw;

type Schema = BTreeMap<String, Table>;

#[derive(Debug, Default, PartialEq, Eq)]
struct Table {
    columns: Vec<Column>,
    indexes: BTreeSet<Index>,
    foreign_keys: BTreeSet<ForeignKey>,
    checks: usize,
}

#[derive(Debug, PartialEq, Eq)]
struct Column {
    name: String,
    kind: &'static str,
    nullable: bool,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Index {
    /// A primary key's is the database's own business.
    name: Option<String>,
    columns: Vec<String>,
    unique: bool,
    partial: bool,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct ForeignKey {
    columns: Vec<String>,
    table: String,
    to: Vec<String>,
    on_delete: &'static str,
}

fn kind(name: &str) -> &'static str {
    match name {
        "INTEGER" | "BIGINT" | "bigint" => "number",
        "BLOB" | "bytea" => "bytes",
        "TEXT" | "text" => "text",
        other => panic!("a column of type {other}, which the crate does not read"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_databases_have_the_same_tables() {
    let (sqlite, postgres) = (TestDb::sqlite(), TestDb::postgres().await);
    let _handles = (sqlite.open().await, postgres.open().await);
    let sqlite = read_sqlite(&raw::sqlite(&sqlite)).unwrap();
    let postgres = read_postgres(&raw::postgres(&postgres).await)
        .await
        .unwrap();
    assert!(
        sqlite.keys().eq(postgres.keys()),
        "{:?}\n{:?}",
        sqlite.keys(),
        postgres.keys()
    );
    for (name, table) in &sqlite {
        assert_eq!(
            table, &postgres[name],
            "left is SQLite's `{name}`, right PostgreSQL's"
        );
    }
    assert_what_was_read_is_not_empty(&sqlite);
}

/// Two readers that read nothing would agree.
fn assert_what_was_read_is_not_empty(schema: &Schema) {
    let delivery = &schema["webhook_delivery"];
    assert_eq!(delivery.columns.len(), 12);
    assert_eq!(delivery.indexes.len(), 9);
    assert_eq!(
        delivery
            .indexes
            .iter()
            .filter(|index| index.partial)
            .count(),
        5
    );
    assert_eq!(delivery.foreign_keys.len(), 2);
    assert!(
        delivery
            .foreign_keys
            .iter()
            .all(|key| key.on_delete == "CASCADE")
    );
    assert_eq!(delivery.checks, 1);
    assert!(
        schema["api_key"]
            .indexes
            .iter()
            .any(|index| index.unique && index.name.is_some())
    );
}

fn read_sqlite(db: &rusqlite::Connection) -> rusqlite::Result<Schema> {
    let mut tables = db.prepare(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' \
         ESCAPE '!'",
    )?;
    tables
        .query_map([], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
        })?
        .map(|table| {
            let (name, sql) = table?;
            let table = Table {
                columns: sqlite_columns(db, &name)?,
                indexes: sqlite_indexes(db, &name)?,
                foreign_keys: sqlite_foreign_keys(db, &name)?,
                checks: sql.matches("CHECK (").count(),
            };
            Ok((name, table))
        })
        .collect()
}

fn sqlite_columns(db: &rusqlite::Connection, table: &str) -> rusqlite::Result<Vec<Column>> {
    db.prepare("SELECT name, type, \"notnull\" FROM pragma_table_info(?1) ORDER BY cid")?
        .query_map([table], |row| {
            Ok(Column {
                name: row.get(0)?,
                kind: kind(&row.get::<_, String>(1)?),
                nullable: !row.get::<_, bool>(2)?,
            })
        })?
        .collect()
}

fn sqlite_indexes(db: &rusqlite::Connection, table: &str) -> rusqlite::Result<BTreeSet<Index>> {
    db.prepare("SELECT name, \"unique\", origin, partial FROM pragma_index_list(?1)")?
        .query_map([table], |row| {
            let name: String = row.get(0)?;
            let columns = db
                .prepare("SELECT coalesce(name, '(expression)') FROM pragma_index_info(?1) ORDER BY seqno")?
                .query_map([&name], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            Ok(Index {
                name: (row.get::<_, String>(2)? != "pk").then_some(name),
                columns,
                unique: row.get(1)?,
                partial: row.get(3)?,
            })
        })?
        .collect()
}

fn sqlite_foreign_keys(
    db: &rusqlite::Connection,
    table: &str,
) -> rusqlite::Result<BTreeSet<ForeignKey>> {
    let mut keys: BTreeMap<i64, ForeignKey> = BTreeMap::new();
    let mut statement = db.prepare(
        "SELECT id, \"table\", on_delete, \"from\", \"to\" FROM pragma_foreign_key_list(?1) \
         ORDER BY id, seq",
    )?;
    let mut rows = statement.query([table])?;
    while let Some(row) = rows.next()? {
        let (table, on_delete): (String, String) = (row.get(1)?, row.get(2)?);
        let key = keys.entry(row.get(0)?).or_insert_with(|| ForeignKey {
            columns: Vec::new(),
            table,
            to: Vec::new(),
            on_delete: on_delete_of(&on_delete),
        });
        key.columns.push(row.get(3)?);
        key.to.push(row.get(4)?);
    }
    Ok(keys.into_values().collect())
}

fn on_delete_of(word: &str) -> &'static str {
    match word {
        "CASCADE" | "c" => "CASCADE",
        "NO ACTION" | "a" => "NO ACTION",
        other => panic!("ON DELETE {other}, which no table uses so far"),
    }
}

async fn read_postgres(db: &tokio_postgres::Client) -> Result<Schema, tokio_postgres::Error> {
    let mut schema = Schema::new();
    let columns = db.query(COLUMNS, &[]).await?;
    for row in &columns {
        schema.entry(row.get(0)).or_default().columns.push(Column {
            name: row.get(1),
            kind: kind(row.get(2)),
            nullable: row.get(3),
        });
    }
    for row in &db.query(INDEXES, &[]).await? {
        let primary: bool = row.get(2);
        schema.entry(row.get(0)).or_default().indexes.insert(Index {
            name: (!primary).then(|| row.get(1)),
            columns: row.get(3),
            unique: row.get(4),
            partial: row.get(5),
        });
    }
    for row in &db.query(CONSTRAINTS, &[]).await? {
        let table = schema.entry(row.get(0)).or_default();
        if row.get::<_, &str>(1) == "c" {
            table.checks += 1;
            continue;
        }
        table.foreign_keys.insert(ForeignKey {
            columns: row.get(2),
            table: row.get(3),
            to: row.get(4),
            on_delete: on_delete_of(row.get(5)),
        });
    }
    Ok(schema)
}

/// SQLite orders texts by their bytes. PostgreSQL orders them as the database's
/// language does, unless the column says otherwise: ids would then not sort by time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_text_is_ordered_by_its_bytes() {
    let test = TestDb::postgres().await;
    test.open().await;
    let elsewise = raw::texts(&test, ORDERED_OTHERWISE).await;
    assert_eq!(
        elsewise,
        ["schema_migration.name"],
        "write TEXT COLLATE \"C\""
    );
}

const ORDERED_OTHERWISE: &str = "SELECT c.relname || '.' || a.attname \
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid \
    JOIN pg_collation l ON l.oid = a.attcollation \
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' \
    AND a.attnum > 0 AND l.collname <> 'C' ORDER BY c.relname, a.attname";

const COLUMNS: &str = "SELECT c.relname::text, a.attname::text, \
    format_type(a.atttypid, a.atttypmod), NOT a.attnotnull \
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid \
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' \
    AND a.attnum > 0 AND NOT a.attisdropped ORDER BY c.relname, a.attnum";

const INDEXES: &str = "SELECT c.relname::text, n.relname::text, i.indisprimary, \
    ARRAY(SELECT coalesce(a.attname::text, '(expression)') \
        FROM unnest(i.indkey) WITH ORDINALITY k (number, place) \
        LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number \
        ORDER BY k.place), \
    i.indisunique, i.indpred IS NOT NULL \
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_class n ON n.oid = i.indexrelid \
    WHERE c.relnamespace = current_schema()::regnamespace";

const CONSTRAINTS: &str = "SELECT c.relname::text, k.contype::text, \
    ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY u (number, place) \
        JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.number \
        ORDER BY u.place), \
    coalesce(f.relname::text, ''), \
    ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY u (number, place) \
        JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.number \
        ORDER BY u.place), \
    k.confdeltype::text \
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid \
    LEFT JOIN pg_class f ON f.oid = k.confrelid \
    WHERE k.connamespace = current_schema()::regnamespace AND k.contype IN ('c', 'f')";
